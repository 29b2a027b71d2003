"""Tests for :mod:`twisted_mule.figures`."""
