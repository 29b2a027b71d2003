"""What the user shares: its files, their names and their hashes."""
