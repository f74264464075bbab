"""What runs on the writer's thread. Each operation is one unit of work within a shared transaction.

An operation that raises an AndonError has written nothing: guards come first.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from andon.store.sqlite.writer import Writer

T_co = TypeVar("T_co", covariant=True)


class Operation(Protocol[T_co]):
    """One unit of work."""

    @property
    def rows(self) -> int:
        """How many rows it writes, roughly: what a batch is bounded by."""
        ...

    def apply(self, writer: Writer) -> T_co:
        """Does the work within the open transaction. An AndonError means that nothing was written."""
        ...
