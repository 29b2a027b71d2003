"""Studies of how well a network works, what the contract costs it, and how it grows."""
