"""Random histories: what callers change while their decisions wait."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from andon.domain.decision import Outcome, Resolution, payload_hash
from andon.domain.errors import DecisionResolved, PayloadChanged
from andon.domain.task import OPEN, TaskEvent, TaskState
from andon.domain.terms import Terms, tightened
from andon.store.values import Amendment, Cancellation
from tests.builders import make_admission, make_decision, make_proposal, make_request
from tests.model.model import Entry
from tests.model.strategies import irreversible, picks, revisions, skills
from tests.model.tasks import Tasks


class Changes(Tasks):
    """Rules beside those of `Histories`, on its store and its model."""

    @rule(
        pick=picks,
        needs=skills,
        urgency=st.integers(0, 29),
        confidence=st.floats(0, 1),
        stale=st.sampled_from([False, False, False, True]),
        revision=revisions,
        irreversible=irreversible,
    )
    def amend(
        self, pick: int, needs: tuple[str, ...], urgency: int, stale: bool, revision: str, **proposed: Any
    ) -> None:
        entry = self._entry(pick)
        decision, now = entry.case.decision, self._now()
        proposal, routing = make_proposal(**proposed), replace(decision.routing, revision=revision)
        hashed = payload_hash(proposal, decision.submitter)
        after = replace(decision, proposal=proposal, payload_hash=hashed, routing=routing)
        terms = Terms(urgency, needs)
        wish = Amendment(after, "0" * 64 if stale else decision.payload_hash, terms, now, make_request())
        refusal = PayloadChanged if stale else None
        if self._expect(self._store.amend_if_open(wish), refusal if entry.case.open else DecisionResolved):
            changed, _ = tightened([entry.task], terms, now)
            entry.task = changed[0] if changed else entry.task
            entry.case.decision = after
            assert self._do(self._store.amend_if_open(wish)).replayed

    @rule(pick=picks, superseded=st.booleans())
    def withdraw(self, pick: int, superseded: bool) -> None:
        """The decision is cancelled; or another takes its place."""
        entry = self._entry(pick)
        old, now = entry.case.decision, self._now()
        wish = Cancellation(old.id, old.submitter, "", now)
        decision = replace(make_decision(now=now, submitter=old.submitter), supersedes=old.id)
        admission = make_admission(decision, request=make_request(old.submitter))
        store = self._store
        work: Coroutine[Any, Any, object] = (
            store.supersede_if_open(admission, wish) if superseded else store.cancel_if_open(wish)
        )
        if self._expect(work, None if entry.case.open else DecisionResolved):
            end = Resolution(Outcome.CANCELLED, old.submitter, now)
            self._model.end(entry.task.id, TaskEvent.CANCEL, end)
            if superseded:
                self._remember(admission, len(self._model.cases) + 1)

    def _entry(self, pick: int) -> Entry:
        waiting = self._model.in_state(*OPEN) or self._model.in_state(*TaskState)
        entry: Entry = self._pick(waiting, pick)
        self._touched.add(entry.task.id)
        return entry
