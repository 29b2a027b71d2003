"""Tests of :mod:`twisted_mule.selfcheck`."""
