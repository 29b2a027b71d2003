"""Benchmarks: how fast and how large the node is, against budgets; run by ``make bench`` only."""
