"""The rim towards the I2P router: the only sockets that datagrams pass."""
