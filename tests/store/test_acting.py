"""Whom a submitter acts for, and the groups they were in: kept with the decision and in the ledger."""

from __future__ import annotations

import pytest

from andon.domain.decision import Decision
from andon.domain.search import DecisionQuery
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from andon.store.values import Admitted, TaskQuery
from tests.builders import make_admission, make_decision, make_proposal, make_request
from tests.store.helpers import admit, admitted, check_whole, entries

NAMES = ["anna", "a\u0000b \u0010", "Zoë 🚲", 128 * "x"]


def acting(name: str = "anna", *groups: str) -> Decision:
    """A decision that waits for a person."""
    return make_decision(make_proposal(on_behalf_of=name), submitter_groups=groups)


@pytest.mark.parametrize("name", NAMES)
async def test_it_is_read_as_it_was_written(store: Store, name: str) -> None:
    given = acting(name, "berlin", "team a")
    job = await admit(store, make_admission(given))
    for read in (
        job.decision,
        await store.decision(given.id),
        *await store.list_decisions(DecisionQuery(1)),
        *(listed.decision for listed in await store.list_tasks(TaskQuery(1))),
        *(listed.decision for listed in await store.list_tasks(TaskQuery(1, brief=True))),
    ):
        assert read is not None
        assert (read.proposal.on_behalf_of, read.submitter_groups) == (name, ("berlin", "team a"))
    await check_whole(store)


async def test_the_ledger_says_it_where_there_is_something_to_say(store: Store) -> None:
    plain = await admitted(store, make_admission(make_decision()))
    decision = await admitted(store, make_admission(acting("anna", "berlin")))
    first, second = await entries(store, LedgerKind.SUBMITTED)
    assert not first.body.keys() & {"on_behalf_of", "submitter_groups"}
    assert (second.body["on_behalf_of"], second.body["submitter_groups"]) == ("anna", ["berlin"])
    assert plain.submitter_groups == ()
    (event,) = await store.decision_events(decision.id, None, 5)
    assert (event.details["on_behalf_of"], event.details["submitter_groups"]) == ("anna", ["berlin"])


async def test_a_repetition_gives_it_again(store: Store) -> None:
    admission = make_admission(acting("anna", "berlin"), request=make_request())
    first = await admitted(store, admission)
    (again,) = await store.submit([make_admission(acting("anna", "berlin"), request=admission.request)])
    assert isinstance(again, Admitted)
    assert again.replayed
    assert again.decision == first
