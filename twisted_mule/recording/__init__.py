"""Traces: what a node sends and gets, one format for all that can write it."""
