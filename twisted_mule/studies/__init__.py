"""Studies: what the simulator and the audit say together, against designs that others chose."""
