"""The contract held against the production node: twin runs, the golden transcript, acceptance."""
