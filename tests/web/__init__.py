"""Tests of :mod:`twisted_mule.web`."""
