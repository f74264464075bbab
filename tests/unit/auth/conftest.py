"""Makes the fixtures known here."""

from pathlib import Path

import pytest

from tests.unit.auth.issued import Issued
from tests.unit.usecases.fixtures import clock, world

__all__ = ["clock", "issued", "world"]


@pytest.fixture
def issued(tmp_path: Path) -> Issued:
    """An identity file and its issuer."""
    return Issued(tmp_path)
