"""What holds for all tests: reproducible random histories, and long ones only where they are asked for."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

LONG = os.environ.get("ANDON_LONG") == "1"

# Derandomised, so that a failure here is a failure everywhere; no deadline, because the machine's speed is no property.
settings.register_profile(
    "short",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "long", deadline=None, max_examples=2_000, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("long" if LONG else "short")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips what takes minutes, visibly."""
    skip = pytest.mark.skip(reason="takes minutes; runs with ANDON_LONG=1 (make test-long)")
    for item in items if not LONG else ():
        if item.get_closest_marker("long"):
            item.add_marker(skip)
