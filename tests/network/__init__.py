"""Tests of many nodes on one virtual clock."""
