"""Tests of twisted_mule, and what both runners need: trial does not read conftest.py."""

import os

from hypothesis import HealthCheck, settings

# No deadlines: a busy machine is not a fault.  In CI the same examples each time.  The second
# runner need not try as many as the first one did.
_calm = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=int(os.environ.get("MULE_EXAMPLES", "100")),
)
settings.register_profile("mule", _calm)
settings.register_profile("ci", _calm, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "mule")
