"""The audit: each test sees what it is for, and nothing where there is nothing."""
