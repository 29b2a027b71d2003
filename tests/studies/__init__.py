"""Tests for :mod:`twisted_mule.studies`."""
