"""The figures of runs of the simulator, as a table of columns and as pictures."""
