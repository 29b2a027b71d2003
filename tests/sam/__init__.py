"""Tests of twisted_mule.sam."""
