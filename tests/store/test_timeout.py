"""Nobody judged in time: what the policy says of that, and that it is nobody's verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from andon.domain.clock import HOUR
from andon.domain.counts import Grouping
from andon.domain.decision import Outcome, Resolution, Route
from andon.domain.plan import Rung, TimeoutDefault, WorkPlan
from andon.domain.review import Verdict
from andon.domain.samples import SampleQuery
from andon.domain.spans import Spans
from andon.domain.task import Escalation, TaskKind
from andon.domain.terms import Terms
from andon.store.ledger import DEADLINE, LedgerKind
from andon.store.port import Store
from andon.store.values import Admission, Expired, Reevaluation
from tests.builders import make_admission, make_decision, make_proposal, make_routing, make_seats
from tests.clock import START
from tests.store.helpers import admit, admitted, entries
from tests.store.seats import TWO, held, resolution_of, says

END: Final = START + HOUR
IN_FORCE: Final = make_routing().revision
APPROVES: Final = WorkPlan(TWO, on_timeout=TimeoutDefault.APPROVE)


async def expired(store: Store, default: TimeoutDefault | None, **attributes: Any) -> Expired:
    """A decision that nobody judged, under a policy that says this of it."""
    decision = make_decision(make_proposal(**attributes))
    await admit(store, make_admission(decision, plan=WorkPlan(on_timeout=default)))
    (missed,) = await store.expire_due(END, 10, IN_FORCE)
    return missed


async def approving(store: Store) -> Admission:
    """A decision that two are asked about, and that time approves."""
    admission = make_seats(TWO)
    seats = [replace(task, plan=APPROVES) for task in admission.tasks]
    admission = replace(admission, task=seats[0], siblings=tuple(seats[1:]))
    await admitted(store, admission)
    return admission


@pytest.mark.parametrize("default", [None, *TimeoutDefault])
async def test_the_end_says_what_the_policy_says(store: Store, default: TimeoutDefault | None) -> None:
    missed = await expired(store, default)
    ended = missed.job.decision.resolution
    assert ended == Resolution(Outcome.EXPIRED, DEADLINE, END, timeout_default=default)
    assert await store.decision(missed.job.decision.id) == missed.job.decision
    (entry,) = await entries(store, LedgerKind.EXPIRED)
    said = {} if default is None else {"timeout_default": default.name}
    assert entry.body == {"holder": "", "outcome": "EXPIRED", **said}


async def test_no_plan_says_nothing(store: Store) -> None:
    await admit(store)
    (missed,) = await store.expire_due(END, 10, IN_FORCE)
    assert missed.job.decision.resolution == Resolution(Outcome.EXPIRED, DEADLINE, END)


async def test_what_cant_be_undone_is_approved_by_no_timeout(store: Store) -> None:
    missed = await expired(store, TimeoutDefault.APPROVE, irreversible=True)
    ended = missed.job.decision.resolution
    assert ended == Resolution(Outcome.EXPIRED, DEADLINE, END, timeout_default=TimeoutDefault.REJECT)


@pytest.mark.parametrize("extra", [{"irreversible": True}, {"note": '"irreversible":true'}, {"note": "\x00"}])
async def test_only_the_attribute_itself_counts(store: Store, extra: dict[str, Any]) -> None:
    missed = await expired(store, TimeoutDefault.APPROVE, extra=extra, currency="\x00EUR")
    assert missed.job.decision.resolution is not None
    assert missed.job.decision.resolution.timeout_default is TimeoutDefault.APPROVE


@pytest.mark.parametrize(
    ("verdict", "default"),
    [
        (Verdict.APPROVE, TimeoutDefault.APPROVE),
        (Verdict.REJECT, TimeoutDefault.REJECT),
        (Verdict.CORRECT, TimeoutDefault.REJECT),
    ],
)
async def test_no_timeout_approves_what_somebody_did_not(
    store: Store, verdict: Verdict, default: TimeoutDefault
) -> None:
    admission = await approving(store)
    (job,) = await held(store, admission, "rita")
    await says(store, job, verdict, correction={"approve": False} if verdict is Verdict.CORRECT else None)
    await store.expire_due(END, 10, IN_FORCE)
    ended = await resolution_of(store, admission)
    assert ended == Resolution(Outcome.EXPIRED, DEADLINE, END, timeout_default=default)


@pytest.mark.parametrize("revision", ["e" * 64, ""])
@pytest.mark.parametrize("default", [None, *TimeoutDefault])
async def test_no_timeout_approves_what_other_policies_routed(
    store: Store, default: TimeoutDefault | None, revision: str
) -> None:
    await admit(store, make_admission(plan=WorkPlan(on_timeout=default)))
    (missed,) = await store.expire_due(END, 10, revision)
    expected = default and TimeoutDefault.REJECT
    assert missed.job.decision.resolution == Resolution(Outcome.EXPIRED, DEADLINE, END, timeout_default=expected)


async def test_each_counts_by_its_own_policies(store: Store) -> None:
    older = make_decision(routing=replace(make_routing(), revision="e" * 64))
    jobs = [
        await admit(store, make_admission(decision, plan=WorkPlan(on_timeout=TimeoutDefault.APPROVE)))
        for decision in (older, make_decision())
    ]
    await store.expire_due(END, 10, IN_FORCE)
    decisions = [await store.decision(job.decision.id) for job in jobs]
    defaults = [one.resolution.timeout_default for one in decisions if one and one.resolution]
    assert defaults == [TimeoutDefault.REJECT, TimeoutDefault.APPROVE]


@pytest.mark.parametrize("judged", [0, 1])
@pytest.mark.parametrize("now", [None, TimeoutDefault.REJECT])
async def test_what_the_open_seats_ask_for_counts(store: Store, judged: int, now: TimeoutDefault | None) -> None:
    """Whichever seat was judged before the policies were asked again: it keeps the plan of that moment."""
    admission = await approving(store)
    first, second = await held(store, admission, "rita", "olga")
    both = sorted([first, second], key=lambda job: job.task.id != admission.decision.task_id)
    await says(store, both[judged])
    found = Reevaluation(
        decision_id=admission.decision.id,
        payload_hash=admission.decision.payload_hash,
        task_id=both[1 - judged].task.id,
        reviewer="olga",
        verdict=Verdict.APPROVE,
        routing=make_routing(Route.REVIEW, "fresh"),
        terms=Terms(work=WorkPlan(on_timeout=now)),
        now=START,
    )
    (changed,) = (await store.tighten_if_open(found)).changed
    assert changed.task.plan == replace(APPROVES, on_timeout=now)
    await store.expire_due(END, 10, IN_FORCE)
    ended = await resolution_of(store, admission)
    assert ended == Resolution(Outcome.EXPIRED, DEADLINE, END, timeout_default=now)


async def test_an_escalation_comes_first(store: Store) -> None:
    plan = WorkPlan(on_timeout=TimeoutDefault.APPROVE, ladder=(Rung(50, queue="leads"),))
    await admit(store, plan=plan, escalation=Escalation("board", HOUR))
    await store.climb_due(START + HOUR // 2, 10)
    (first,) = await store.expire_due(END, 10, IN_FORCE)
    assert (first.escalated, first.left, first.job.decision.resolution) == (True, "leads", None)
    (last,) = await store.expire_due(END + HOUR, 10, IN_FORCE)
    assert last.job.decision.resolution is not None
    assert last.job.decision.resolution.timeout_default is TimeoutDefault.APPROVE


async def test_an_audit_that_nobody_made_says_nothing_of_its_decision(store: Store) -> None:
    decision = make_decision(route=Route.AUTO_APPROVE)
    plan = WorkPlan(on_timeout=TimeoutDefault.REJECT)
    await admit(store, make_admission(decision, kind=TaskKind.AUDIT, plan=plan))
    (missed,) = await store.expire_due(END, 10, IN_FORCE)
    assert missed.job.decision.resolution == decision.resolution
    (entry,) = await entries(store, LedgerKind.EXPIRED)
    assert "timeout_default" not in entry.body


@pytest.mark.parametrize("default", TimeoutDefault)
async def test_a_timeout_is_nobodys_verdict(store: Store, default: TimeoutDefault) -> None:
    await expired(store, default)
    assert await store.list_samples(SampleQuery(10, 0, 10)) == []
    assert await store.last_sample() == 0
    assert await store.recent_waits(10) == {}
    assert await store.reviewer_activity(Spans.one(), "", 10) == []
    for grouping in Grouping:
        assert await store.override_counts(grouping, "", Spans.one()) == []
    assert await entries(store, LedgerKind.REVIEWED) == []
