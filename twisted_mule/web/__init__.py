"""The read-only dashboard: snapshots in, pages out."""
