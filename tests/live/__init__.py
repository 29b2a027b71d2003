"""The live test: when a running node really sends, idle and with slow work beside it."""
