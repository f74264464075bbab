"""Who may call: the ledger says so whenever it changes, and what is under way ends with the right to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from andon.auth.changes import difference, kept, read_kept, standing
from andon.auth.entries import TokenEntry
from andon.auth.identities import Identities
from andon.domain.canonical import JsonObject
from andon.domain.principal import Principal
from andon.store.values import Known
from andon.usecases.context import Context
from andon.workers.looper import Duty
from andon.workers.reread import OnDisk, Reread

KIND: Final = "access.changed"
_ACTOR: Final = "server"
_NAME: Final = "access"
_TRIES: Final = 5


class Tokens(OnDisk, Protocol):
    """The token file in force."""

    @property
    def entries(self) -> Sequence[TokenEntry]:
        """Its entries."""
        ...

    def ended(self, since: int, now: int) -> bool:
        """Whether one has expired in between (µs)."""
        ...


class Vouched(OnDisk, Protocol):
    """The identity file in force."""

    @property
    def current_file(self) -> Identities:
        """What it says."""
        ...

    def ended(self, since: int, now: int) -> bool:
        """Whether somebody's credentials have ended in between (µs)."""
        ...

    def ask(self) -> None:
        """Begins to fetch what is missing or old."""
        ...


class Access:
    """Looks after everybody's credentials: those that end by themselves, keys that are old, and what is recorded."""

    name: Final = "access"

    def __init__(
        self,
        context: Context,
        current: Callable[[Principal], Principal | None],
        tokens: Tokens,
        vouched: Vouched | None = None,
    ) -> None:
        self._context = context
        self._current = current
        self._tokens = tokens
        self._vouched = vouched
        self._looked = context.clock.now()
        self._recorded = False

    @property
    def faults(self) -> Mapping[str, str]:
        """Why what is on disk is not in force, by setting; empty where it is."""
        return {"tokens": self._tokens.fault, "identity": self._vouched.fault if self._vouched is not None else ""}

    async def step(self) -> bool:
        """Looks once."""
        if self._vouched is not None:
            self._vouched.ask()
        since, self._looked = self._looked, self._context.clock.now()
        ended = [each.ended(since, self._looked) for each in (self._tokens, self._vouched) if each is not None]
        if any(ended):
            self._context.recheck(self._current)
        if not self._recorded:
            await self.record()
        return False

    async def changed(self) -> None:
        """Another file is in force: ends what nobody has a right to any more, and records the difference."""
        self._recorded = False
        self._context.recheck(self._current)
        await self.record()

    async def record(self) -> None:
        """Records who may call, where that is not what was recorded last. Raises StoreUnavailable; `step` tries again.

        Several servers of one store record one change once.
        """
        identities = self._vouched.current_file if self._vouched is not None else Identities()
        now = standing(self._tokens.entries, identities)
        for _ in range(_TRIES):
            before = await self._context.store.secret(_NAME, b"{}")
            if before == kept(now) or await self._recorded_as(before, difference(read_kept(before), now), kept(now)):
                self._recorded = True
                return

    async def _recorded_as(self, before: bytes, body: JsonObject, after: bytes) -> bool:
        known, time = Known(_NAME, before, after), self._context.clock.now()
        return await self._context.store.record_if_same(known, KIND, _ACTOR, body, time)

    def duties(self) -> dict[str, Duty]:
        """This one, and those that look at the files."""
        made: dict[str, Duty] = {self.name: self, "tokens": Reread("token file", self._tokens, self.changed)}
        if self._vouched is not None:
            made["identity"] = Reread("identity file", self._vouched, self.changed)
        return made
