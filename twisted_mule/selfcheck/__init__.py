"""The node measures itself: values and ``now`` in, verdicts about the clauses out; pure."""
