"""Who was shown what, as the ledger has it. Each answer that shows something waits until its entry is durable."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

from andon.domain.canonical import JsonObject
from andon.domain.chain import ChainEntry
from andon.domain.clock import HOUR, Clock
from andon.domain.decision import Decision
from andon.domain.principal import Principal
from andon.store.port import Store
from andon.store.values import Job, Sighting, SightKind

SPAN: Final = HOUR
"""Within it one entry stands for all that somebody is shown of one proposal (µs)."""
MOST_REMEMBERED: Final = 65_536
_NONE: Final[JsonObject] = MappingProxyType({})

_Key: TypeAlias = tuple[SightKind, str, str, str]


class Reads:
    """Records what callers are shown, before they are. Every method raises StoreUnavailable: then nothing is shown.

    A page that asks again and again leaves one entry in `SPAN` for each proposal: an amended one is another. What is
    remembered for that is this server's memory: forgetting leads to one entry more, never to one less.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._seen: OrderedDict[_Key, int] = OrderedDict()

    async def viewed(self, principal: Principal, job: Job) -> None:
        """Somebody opens a task. Who holds it was shown it as it was leased, and the ledger has that."""
        task, decision, now = job.task, job.decision, self._clock.now()
        if task.lease is not None and task.lease.holder == principal.name and now < task.lease.expire_time:
            return
        body: JsonObject = {"payload_hash": decision.payload_hash, **({"level": task.level} if task.level else {})}
        sighting = Sighting(SightKind.VIEWED, principal.name, now, body, decision.id, task.id)
        await self._once([(sighting, decision)])

    async def record(self, principal: Principal, decisions: Sequence[Decision]) -> None:
        """Somebody is given what the policies call sensitive of these decisions. Submitters know their own."""
        now = self._clock.now()
        await self._once(
            [
                (Sighting(SightKind.READ, principal.name, now, {"payload_hash": each.payload_hash}, each.id), each)
                for each in decisions
                if principal.name not in (each.submitter, each.proposal.on_behalf_of)
            ]
        )

    async def exported(
        self, principal: Principal, records: str, asked: JsonObject, count: int, words: JsonObject = _NONE
    ) -> None:
        """Somebody takes `count` records away: which, and what they asked for, `words` of theirs apart. Nothing is no
        export.
        """
        if count:
            body: JsonObject = {"records": records, **asked, "count": count}
            seen = Sighting(SightKind.EXPORTED, principal.name, self._clock.now(), body, words=words)
            await self._store.witness([seen])

    async def ledger_exported(self, principal: Principal, after: int, entries: Sequence[ChainEntry]) -> None:
        """Somebody takes entries of the ledger away. Where all of them tell of exports of the ledger it is not
        recorded, or those who follow it would give each other something to read for ever.
        """
        if any(not _of_ledger(entry) for entry in entries):
            await self.exported(principal, "ledger", {"after": after}, len(entries))

    async def _once(self, sightings: Sequence[tuple[Sighting, Decision]]) -> None:
        """Records those that are new, in one transaction."""
        new = {key: one for one, decision in sightings if not self._known(key := _key(one, decision), one.time)}
        if not new:
            return
        await self._store.witness(list(new.values()))
        for key, sighting in new.items():
            self._seen[key] = sighting.time
            self._seen.move_to_end(key)
        while len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)

    def _known(self, key: _Key, now: int) -> bool:
        seen = self._seen.get(key)
        return seen is not None and seen <= now < seen + SPAN


def _key(sighting: Sighting, decision: Decision) -> _Key:
    return sighting.kind, sighting.actor, sighting.task_id or sighting.decision_id, decision.payload_hash


def _of_ledger(entry: ChainEntry) -> bool:
    return entry.kind == SightKind.EXPORTED and '"records":"ledger"' in entry.body
