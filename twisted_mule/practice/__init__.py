"""A make-believe I2P on loopback: an embedded SAM bridge and a neighbourhood of nodes."""
