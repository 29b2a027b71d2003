"""The pure protocol core: values in, values out; no clock, no chance, no sockets of its own."""
