"""A KAD (Kad2) node over I2P whose behaviour on the wire keeps a contract."""

__version__ = "0.1.0"
