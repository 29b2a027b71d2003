"""The process that owns the datagram socket, and how the node's process speaks with it."""
