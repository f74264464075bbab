"""Makes the fixtures known here."""

from tests.unit.usecases.fixtures import clock, world

__all__ = ["clock", "world"]
