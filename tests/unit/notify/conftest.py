"""Makes the fixtures known here."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator

import pytest

from andon.notify.people import understood
from tests.unit.notify.receiver import Receiver, receiver
from tests.unit.usecases.fixtures import clock, world

__all__ = ["apprise", "clock", "service", "world"]


@pytest.fixture(scope="session", autouse=True)
def apprise() -> None:
    """Apprise's plugins, all of them: some import what later versions of Python won't have."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert understood("json://localhost")


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Receiver]:
    """A service that is called. No proxy stands before it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with receiver() as made:
        yield made
