"""Tests on real I2P routers, in a network of their own; deselected unless asked for."""
