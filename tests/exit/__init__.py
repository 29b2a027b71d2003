"""Tests of the exit process and of the node's end of it."""
