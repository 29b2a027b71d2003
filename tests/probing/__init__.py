"""The prober against scripted peers, and against the production node."""
