"""iMule's rules as a rival in the simulator: same codec, table and index, other behaviour."""
