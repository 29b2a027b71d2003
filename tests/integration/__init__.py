"""Tests that need the running reactor and real sockets (pytest only)."""
