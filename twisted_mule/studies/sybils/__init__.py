"""The study of attackers in numbers: Sybils around a keyword, liars, a victim encircled."""
