"""Seals the ledger: reads it on from the last checkpoint, entry by entry, and signs how far it fits."""

from __future__ import annotations

import asyncio
from typing import Final

from andon.domain.chain import Chain, Misfit
from andon.domain.merkle import Tree
from andon.domain.notes import parse_checkpoint, parse_note
from andon.keys.checking import is_signed, signed_checkpoint, was_ours
from andon.keys.sealed import Sealed, SealMemory
from andon.store.evidence import Checkpoint
from andon.telemetry.logs import get_logger
from andon.usecases.context import Context
from andon.usecases.turns import Turn
from andon.workers.standing import Standing

BATCH: Final = 2_000
SIZE: Final = 8 << 20
"""Bytes of entries that are read at once, about."""
STRETCH: Final = 1 << 12
"""After so many entries more a checkpoint is signed on the way, so that a proof of one has little to read."""
_EDITED: Final = "the checkpoint over it was edited"
_UNKNOWN: Final = "the checkpoint over it is signed with a key that is not known"
_OTHER: Final = "it is not the one that was sealed"
_log = get_logger("andon.ledger")


class Seal:
    """Signs a checkpoint where the ledger has grown. One that does not fit is never signed.

    It begins at the last checkpoint where that is signed with a key that is still trusted, and at the first entry
    where not; then all must lead to what that checkpoint says. What `memory` knows to have been sealed must be in the
    store, whatever the store says itself.
    """

    name: Final = "checkpoint"

    def __init__(self, context: Context, standing: Standing, memory: SealMemory | None = None) -> None:
        self._context = context
        self._standing = standing
        self._memory = memory or SealMemory()
        self._is_written = True
        self._turn = Turn(context.turns)
        self._at_work = asyncio.Lock()
        self._chain: Chain | None = None
        self._last: Checkpoint | None = None

    async def step(self) -> bool:
        """One batch of entries; signs where it was the last. True: there may be more."""
        async with self._at_work:
            if not self._context.leading:
                self._chain = None
                return False
            try:
                return await self._seal()
            except Misfit as misfit:
                self._chain = None
                self._standing.misfit(self.name, misfit)
                return False

    async def _seal(self) -> bool:
        last = await self._context.store.evidence.checkpoint()
        if self._chain is None or last != self._last:
            self._chain, self._last = await self._beginning(last), last
            if last is not None:
                self._standing.sealed(last.size, last.time)
        if await self._follow(self._chain):
            await self._sign_on_the_way(self._chain)
            return True
        self._standing.fits(self.name)
        await self._remember(last)
        sealed = 0 if last is None else last.size
        if self._chain.size > sealed and not self._standing.fault:
            await self._sign(self._chain, sealed)
        return False

    async def _follow(self, chain: Chain) -> bool:
        """Reads on. The last entry that was read before must still be there."""
        known = chain.size
        entries = await self._context.store.evidence.entries(max(0, known - 1), BATCH, SIZE)
        if known and not (entries and (entries[0].sequence, entries[0].hash) == (known, chain.head)):
            raise await self._gone(known, there=bool(entries) and entries[0].sequence == known)
        for entry in entries[1:] if known else entries:
            chain.follow(entry)
            self._compare(chain)
            await self._turn.go_on()
        behind = self._last is not None and chain.size < self._last.size
        if behind and chain.size == known:
            raise Misfit(known + 1, "it is missing, and a checkpoint covers it")
        return behind or bool(await self._context.store.evidence.entries(chain.size, 1, 1))

    def _compare(self, chain: Chain) -> None:
        """What the last checkpoint says must come out, where the reading did not begin at it."""
        last, known = self._last, self._memory.last
        if last is not None and chain.size == last.size and chain.tree.root != root_of(last):
            raise Misfit(last.size, _OTHER)
        if known is not None and chain.size == known.size and chain.tree.root != known.root:
            raise Misfit(known.size, _OTHER)

    async def _gone(self, size: int, *, there: bool) -> Misfit:
        if there:
            return Misfit(size, _OTHER)
        low, high = 0, size  # entries up to `low` are there, `high` is not
        while high - low > 1:
            middle = (low + high) // 2
            found = await self._context.store.evidence.entries(middle - 1, 1, 1)
            low, high = (middle, high) if found and found[0].sequence == middle else (low, middle)
        return Misfit(high, "it is missing, and a checkpoint covers it")

    async def _sign_on_the_way(self, chain: Chain) -> None:
        sealed = 0 if self._last is None else self._last.size
        if chain.size - sealed >= STRETCH and not self._standing.fault:
            await self._sign(chain, sealed)

    async def _sign(self, chain: Chain, after: int) -> None:
        context, tree = self._context, chain.tree
        now = context.clock.now()
        signed = signed_checkpoint(context.signer, context.origin, tree.size, tree.root)
        checkpoint = Checkpoint(tree.size, chain.head, tree.frontier, signed, now)
        if await context.store.evidence.seal_if_next(checkpoint, after):
            self._last = checkpoint
            self._standing.sealed(tree.size, now)
            await self._remember(checkpoint)
        else:
            self._chain = None  # another server was first

    async def _beginning(self, last: Checkpoint | None) -> Chain:
        """Where to read on. What stands beside a note proves nothing, so it must lead to the note's root."""
        continues = await self._continues(last)
        if last is None or not check_signature(last, self._context) or not continues:
            return Chain()
        try:
            fits = Tree(last.size, last.frontier).root == root_of(last)
        except ValueError:
            fits = False
        return Chain(last.size, last.head, last.frontier) if fits else Chain()

    async def _continues(self, last: Checkpoint | None) -> bool:
        """Whether the checkpoints hold what was sealed. Raises Misfit where they can't, whatever the entries say.

        False where only the entries can tell: another server has sealed on, and the checkpoint remembered is gone.
        """
        known = self._memory.last
        if known is None:
            return True
        size = 0 if last is None else last.size
        if last is None or size < known.size:
            raise Misfit(size + 1, f"checkpoints that were signed are gone: the last was over {known.size} entries")
        then = last if size == known.size else await self._context.store.evidence.checkpoint(known.size)
        if then is not None and then.size == known.size and root_of(then) == known.root:
            return then.head == known.head
        if size == known.size:
            raise Misfit(size, "the checkpoint over it is not the one that was signed")
        return False

    async def _remember(self, checkpoint: Checkpoint | None) -> None:
        known = self._memory.last
        if checkpoint is None or (known is not None and known.size >= checkpoint.size):
            return
        sealed = Sealed(self._context.origin, checkpoint.size, root_of(checkpoint), checkpoint.head)
        written = await asyncio.to_thread(self._memory.remember, sealed)
        if not written and self._is_written:
            _log.error("what was sealed is remembered until this server stops", not_written=self._memory.where)
        self._is_written = written


def root_of(checkpoint: Checkpoint) -> bytes:
    """The root that a checkpoint states. Raises Misfit where it is no checkpoint over its entries."""
    try:
        stated = parse_checkpoint(parse_note(checkpoint.note).text)
    except ValueError:
        raise Misfit(checkpoint.size, _EDITED) from None
    if stated.size != checkpoint.size:
        raise Misfit(checkpoint.size, _EDITED)
    return stated.root


def check_signature(checkpoint: Checkpoint, context: Context) -> bool:
    """Whether it was signed with a key that is published; False where the key is revoked, or the origin was another.

    Raises Misfit where its signature is wrong, or by a key that was never ours.
    """
    root_of(checkpoint)
    note = parse_note(checkpoint.note)
    good = is_signed(note, context.origin, context.signer)
    if good is False:
        raise Misfit(checkpoint.size, _EDITED)
    if good is None and not was_ours(note, context.signer):
        raise Misfit(checkpoint.size, _UNKNOWN)
    return bool(good)
