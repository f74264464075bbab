"""Many reviewers at once on decisions that take two of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

import pytest

from andon.domain.decision import Outcome
from andon.domain.search import DecisionQuery
from andon.store.ledger import LedgerKind
from andon.store.port import Store
from tests.builders import make_lease_request, make_seats, make_verdict
from tests.conftest import LONG
from tests.store.helpers import entries
from tests.store.seats import TWO

PEOPLE: Final = 100 if LONG else 20
DECISIONS: Final = 1_000 if LONG else 60


@pytest.mark.timeout(1_800 if LONG else 120)
@pytest.mark.usefixtures("unrepeated")
async def test_everything_is_judged_by_two_and_nobody_sees_one_twice(store: Store) -> None:
    await store.submit([make_seats(TWO) for _ in range(DECISIONS)])
    ended: list[str] = []

    async def work(name: str) -> None:
        while len(ended) < DECISIONS:
            for job in await store.lease_most_urgent(make_lease_request(holder=name, limit=3)):
                settled = await store.settle_if_leased(make_verdict(job))
                if settled.ended:
                    ended.append(job.decision.id)

    await asyncio.gather(*(work(f"r{number}") for number in range(PEOPLE)))
    assert len(ended) == len(set(ended)) == DECISIONS
    verdicts = await entries(store, LedgerKind.REVIEWED)
    assert len(verdicts) == 2 * DECISIONS
    assert set(Counter((one.decision_id, one.actor) for one in verdicts).values()) == {1}
    leases = await entries(store, LedgerKind.LEASED)
    assert set(Counter((one.decision_id, one.actor) for one in leases).values()) == {1}
    decisions = await store.list_decisions(DecisionQuery(10_000))
    assert {one.resolution.outcome for one in decisions if one.resolution} == {Outcome.APPROVED}
    assert all(one.resolution is not None for one in decisions)
