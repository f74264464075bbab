"""Reads the ledger again and again from its beginning, slowly: so that a later change of what is sealed is found."""

from __future__ import annotations

from typing import Final

from andon.domain.chain import Chain, Misfit
from andon.store.evidence import Checkpoint
from andon.usecases.context import Context
from andon.usecases.turns import Turn
from andon.workers.checkpoint import SIZE, check_signature, root_of
from andon.workers.standing import Standing

INTERVAL: Final = 15.0
BATCH: Final = 2_000
"""Entries of one step, of one query, where a round ends in time with that."""
STEPS: Final = 1_440
"""In how many steps a round ends at most, which is six hours: a longer ledger is read in larger steps."""
_COMPARISONS: Final = 1_000
"""With how many checkpoints a round compares at most, about."""


class Audit:
    """Compares what is stored with what was sealed, a part a step. At the checkpoint that was the last when the round
    began it begins anew, so that a round ends however fast the ledger grows.

    Where a whole part was rewritten with hashes that fit, it names the first entry behind the last checkpoint that is
    still good.
    """

    name: Final = "audit"

    def __init__(self, context: Context, standing: Standing) -> None:
        self._context = context
        self._standing = standing
        self._turn = Turn(context.turns)
        self.rounds = 0
        self._begin()

    async def step(self) -> bool:
        """One batch."""
        if not self._context.leading:
            self._begin()
            return False
        try:
            await self._read()
        except Misfit as misfit:
            self._begin()
            self._standing.misfit(self.name, misfit)
        return False

    def _begin(self) -> None:
        self._chain = Chain()
        self._good = 0
        self._end: Checkpoint | None = None

    async def _read(self) -> None:
        evidence = self._context.store.evidence
        if self._end is None:
            self._end = await evidence.checkpoint()
        end = self._end
        budget = 0 if end is None else max(BATCH, -(-end.size // STEPS))
        while end is not None and budget > 0:
            stride = max(1, end.size // _COMPARISONS)
            found = await evidence.checkpoint(min(end.size, self._good + stride))
            target = found if found is not None and found.size < end.size else end
            budget -= await self._toward(target, budget)
            if self._chain.size == target.size:
                self._compare(target)
            if self._chain.size >= end.size:
                self._round_ended()
                return

    async def _toward(self, target: Checkpoint, budget: int) -> int:
        """Follows the chain to a checkpoint, or as far as the budget goes. Gives how many entries that took."""
        begun = self._chain.size
        limit = min(budget, BATCH, target.size - begun)
        entries = await self._context.store.evidence.entries(begun, limit, SIZE)
        if not entries:
            raise Misfit(begun + 1, "it is missing, and a checkpoint covers it")
        for entry in entries:
            self._chain.follow(entry)
            await self._turn.go_on()
        return self._chain.size - begun

    def _compare(self, target: Checkpoint) -> None:
        check_signature(target, self._context)
        if self._chain.tree.root != root_of(target):
            raise Misfit(self._good + 1, f"from it on, up to {target.size}, entries are not those that were sealed")
        self._good = target.size

    def _round_ended(self) -> None:
        self._begin()
        self.rounds += 1
        self._standing.fits(self.name)
        self._standing.audited(self._context.clock.now())
