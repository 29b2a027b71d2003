"""Tests of twisted_mule.practice."""
