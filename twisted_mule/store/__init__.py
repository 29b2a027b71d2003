"""What outlives the process: the state directory and its files."""
