"""What an observer learns from traces, measured: rows in, findings and verdicts out; pure."""
