"""Tests of twisted_mule."""
