"""A store, opened for the sake of its keys: to say how it is encrypted, to wrap its key anew, to open an export.

Servers may work on it meanwhile: a key is unwrapped at a start alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from andon.store.rewriting import Rewriting
from andon.store.sealing import KeyRow, Sealer


@dataclass(frozen=True, slots=True)
class SealCount:
    """How many `keys` of subjects there are, that of what is about none among them; how many `decisions`, and how many
    of these are `plain`: neither sealed nor erased.
    """

    keys: int
    decisions: int
    plain: int


class Keyring(Protocol):
    """All methods raise StoreUnusable."""

    async def kept(self) -> bytes | None:
        """The store's key, as a key service encrypted it; None where the store is not encrypted."""
        ...

    async def count(self) -> SealCount:
        """Counts keys, and what is sealed with them."""
        ...

    async def keys(self, ids: Collection[int]) -> Sequence[KeyRow]:
        """Those keys of subjects that are still there."""
        ...

    async def of_nobody(self) -> KeyRow:
        """The key of what is about no subject: every encrypted store has it."""
        ...

    async def swap_if_same(self, before: bytes, after: bytes) -> bool:
        """Keeps the store's key as another service encrypted it, durable when this returns.

        False, and nothing is changed, where it is not kept as `before` any more.
        """
        ...

    async def state(self) -> bytes | None:
        """What is kept of whether all of the store is sealed (`Sealer.state`)."""
        ...

    def rewriting(self, sealer: Sealer) -> Rewriting:
        """What seals what is still plain, by the keys of this store."""
        ...

    async def close(self) -> None:
        """Lets go of the store."""
        ...
