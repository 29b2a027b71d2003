"""The dashboard in a real browser, on a running practice network (needs chromium)."""
