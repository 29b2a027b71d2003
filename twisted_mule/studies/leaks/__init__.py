"""The study of what secrets leak: one node on a stage, adversaries, weaker designs."""
