"""The audit audited: defects put into the production node on purpose, each of which it finds."""
