"""Random histories: what callers change while their decisions wait."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from andon.domain.decision import Outcome, payload_hash
from andon.domain.errors import DecisionResolved, PayloadChanged
from andon.domain.task import OPEN, TaskEvent, TaskState
from andon.domain.terms import Terms, tightened
from andon.store.values import Amendment, Cancellation
from tests.builders import make_admission, make_decision, make_proposal, make_request
from tests.model.model import Entry
from tests.model.strategies import picks, skills


class Changes(RuleBasedStateMachine):
    """Rules beside those of `Histories`, on its store and its model."""

    @precondition(lambda self: self._submitted)
    @rule(
        pick=picks,
        needs=skills,
        urgency=st.integers(0, 29),
        confidence=st.floats(0, 1),
        stale=st.sampled_from([False, False, False, True]),
    )
    def amend(self, pick: int, needs: tuple[str, ...], urgency: int, confidence: float, stale: bool) -> None:
        own: Any = self
        entry = self._entry(pick)
        decision, now = entry.admission.decision, own._clock.now()
        proposal = make_proposal(confidence=confidence)
        after = replace(decision, proposal=proposal, payload_hash=payload_hash(proposal, decision.submitter))
        terms = Terms(urgency, needs)
        wish = Amendment(after, "0" * 64 if stale else decision.payload_hash, terms, now, make_request())
        refusal = DecisionResolved if entry.outcome is not None else PayloadChanged if stale else None
        if own._expect(own._store.amend_if_open(wish), refusal):
            changed, _ = tightened([entry.task], terms, now)
            entry.task = changed[0] if changed else entry.task
            entry.admission = replace(entry.admission, decision=after)
            assert own._do(own._store.amend_if_open(wish)).replayed

    @precondition(lambda self: self._submitted)
    @rule(pick=picks)
    def supersede(self, pick: int) -> None:
        own: Any = self
        entry = self._entry(pick)
        old, now = entry.admission.decision, own._clock.now()
        decision = replace(make_decision(now=now, submitter=old.submitter), supersedes=old.id)
        admission = make_admission(decision, request=make_request(old.submitter))
        wish = Cancellation(old.id, old.submitter, "", now)
        refusal = None if entry.outcome is None else DecisionResolved
        if own._expect(own._store.supersede_if_open(admission, wish), refusal):
            own._model.end(entry.task.id, TaskEvent.CANCEL, Outcome.CANCELLED)
            own._remember(admission, len(own._model.entries) + 1)

    def _entry(self, pick: int) -> Entry:
        own: Any = self
        waiting = own._model.in_state(*OPEN) or own._model.in_state(*TaskState)
        entry: Entry = own._pick(waiting, pick)
        own._touched.add(entry.task.id)
        return entry
