"""Tests of the state directory and its files."""
