"""The prober: which population a Kad node resembles, by what it answers; pure."""
