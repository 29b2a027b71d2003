"""How local commands talk to a running node: AMP on a Unix socket."""
