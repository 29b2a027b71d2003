"""Tests of what the verbs of the mule command do."""
