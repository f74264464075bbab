"""Retention: what is old is in files first, then gone; what must stay stays; nothing is ever lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from andon.domain.canonical import canonical
from andon.domain.clock import HOUR
from andon.domain.counts import Grouping
from andon.domain.receipt import ReceiptTerms
from andon.domain.samples import SampleQuery
from andon.domain.search import DecisionQuery
from andon.domain.spans import Spans
from andon.policy.model import FOREVER
from andon.retention.run import Result
from andon.store.codec import receipt_text
from andon.store.ledger import LedgerKind, first_fault
from andon.store.outbox import Spread
from andon.store.port import Store
from andon.store.values import Admitted, RedeemWish, TaskQuery
from tests.builders import make_admission, make_lease_request, make_request, make_verdict
from tests.clock import START
from tests.store.engines import ENGINES
from tests.store.helpers import entries
from tests.store.retention.retiring import (
    NEWER,
    NOW,
    OLD,
    Place,
    exported,
    exported_ids,
    held,
    judged,
    listed,
    passed,
    passing,
    retired,
)
from tests.store.test_appeals import wish

FILES = ["decisions-2025-03.jsonl.gz", "decisions-2025-03.manifest.json"]


async def test_an_old_month_goes_whole(place: Place, store: Store, tmp_path: Path) -> None:
    gone = [await passed(store, OLD, 1), await judged(store, OLD, 2)]
    stays = [await passed(store, NEWER, 3), await judged(store, NEWER, 4)]
    (report,) = await retired(place, tmp_path)
    assert (report.month, report.result, report.census.retirable) == (OLD, Result.RETIRED, 2)
    assert await listed(store) == stays
    assert exported_ids(tmp_path) == gone
    for table, left in (("decision", 2), ("task", 1), ("review", 1)):
        assert await place.count(table) == left, table


async def test_the_file_says_all_that_was_known(place: Place, store: Store, tmp_path: Path) -> None:
    await passed(store, OLD, 1)
    id = await judged(store, OLD, 2)
    decision, ledger = await store.decision(id), await entries(store)
    assert decision is not None
    await retired(place, tmp_path)
    one, other = exported(tmp_path)
    assert place.sealed or one["decision"]["reasoning"] == "straight\x00on"
    assert (one["decision"]["route"], one["tasks"], one["reviews"]) == ("AUTO_APPROVE", [], [])
    assert (other["decision"]["input"] == decision.proposal.input) is not place.sealed
    assert other["decision"]["payload_hash"] == decision.payload_hash
    assert (other["decision"]["outcome"], other["tasks"][0]["state"]) == ("APPROVED", "REVIEWED")
    assert (other["tasks"][0]["queue"], other["reviews"][0]["verdict"]) == ("refunds", "APPROVE")
    assert [entry["kind"] for entry in other["ledger"]] == ["decision.submitted", "task.leased", "review.given"]
    told = {entry.sequence: entry for entry in ledger}
    for entry in one["ledger"] + other["ledger"]:
        assert as_text(entry, place) == asdict_of(told[entry["sequence"]], place)
    assert "words" in other["ledger"][-1]


async def test_what_became_of_a_decision_beside_its_verdict_goes_with_it(
    place: Place, store: Store, tmp_path: Path
) -> None:
    id = await judged(store, OLD, 1)
    decision = await store.decision(id)
    assert decision is not None
    assert decision.resolution is not None
    await place.run("UPDATE decision SET receipt = $1", receipt_text(ReceiptTerms(once=True)))
    await store.proofs.redeem_if_resolved(RedeemWish(id, "refund-service", "one", decision.resolution.time))
    appeal = wish(decision, request=make_request())
    await store.appeal_if_resolved(appeal)
    await retired(place, tmp_path)
    assert exported_ids(tmp_path) == [], "an open appeal keeps it"
    now = START + HOUR
    (job,) = await store.lease_most_urgent(make_lease_request(now, holder="lena"))
    await store.settle_if_leased(make_verdict(job, now=now))
    await retired(place, tmp_path)
    (one,) = exported(tmp_path)
    (contested,) = one["appeals"]
    assert (contested["level"], contested["outcome"]) == (1, "APPROVED")
    assert (contested["reason"] == "it was intact") is not place.sealed
    assert {(each["principal"], each["why"]) for each in one["barred"]} >= {("rita", 1), ("lena", 1)}
    assert one["earlier_proposals"] == []
    assert [(each["redeemer"], each["request_id"]) for each in one["redemptions"]] == [("refund-service", "one")]
    for table in ("appeal", "redemption", "barred", "earlier_proposal", "task", "review", "request"):
        assert await place.count(table) == 0, table


def as_text(entry: dict[str, Any], place: Place) -> dict[str, Any]:
    """An entry as it is in a file, its parts as text. Words that are sealed are left out."""
    words = entry.get("words", "")
    said = words if isinstance(words, str) else canonical(words)
    return {**entry, "body": canonical(entry["body"]), "words": "" if place.sealed else said}


def asdict_of(entry: Any, place: Place) -> dict[str, Any]:
    """The same of an entry as it is in the ledger."""
    return {**asdict(entry), "body": canonical(entry.body), "words": "" if place.sealed else entry.words}


async def test_a_submission_is_found_where_a_clock_was_far_off(place: Place, store: Store, tmp_path: Path) -> None:
    late = replace(passing(OLD, 1), create_time=NEWER.end)
    await store.submit([make_admission(passing(OLD, 2)), make_admission(late)])
    await retired(place, tmp_path)
    assert [[entry["kind"] for entry in record["ledger"]] for record in exported(tmp_path)] == [
        ["decision.submitted"]
    ] * 2


async def test_the_ledger_says_what_went_where(place: Place, store: Store, tmp_path: Path) -> None:
    await passed(store, OLD, 1)
    (report,) = await retired(place, tmp_path)
    assert report.manifest is not None
    (entry,) = await entries(store, LedgerKind.RETIRED)
    assert (entry.actor, entry.time) == ("retention", NOW)
    assert entry.body["sha256"] == report.manifest.sha256
    assert (entry.body["month"], entry.body["decisions"]) == ("2025-03", 1)
    assert first_fault(await entries(store)) is None


async def test_the_files_are_their_owners_alone(place: Place, store: Store, tmp_path: Path) -> None:
    await passed(store, OLD, 1)
    await retired(place, tmp_path)
    assert {name: (tmp_path / name).stat().st_mode & 0o777 for name in os.listdir(tmp_path)} == dict.fromkeys(
        FILES, 0o600
    )


async def test_a_dry_run_changes_nothing(place: Place, store: Store, tmp_path: Path) -> None:
    await passed(store, OLD, 1)
    before = await entries(store)
    (report,) = await retired(place, tmp_path, dry_run=True)
    assert (report.result, report.census.retirable) == (Result.WOULD_RETIRE, 1)
    assert (await entries(store), os.listdir(tmp_path)) == (before, [])


# What stays


async def test_what_has_not_ended_stays_and_can_still_be_judged(place: Place, store: Store, tmp_path: Path) -> None:
    gone, open = await passed(store, OLD, 1), await held(store, OLD, 2)
    (report,) = await retired(place, tmp_path)
    assert (report.result, report.census.open) == (Result.RETIRED, 1)
    assert (await listed(store), exported_ids(tmp_path)) == ([open], [gone])
    (job,) = await store.lease_most_urgent(make_lease_request(OLD.end))
    await store.settle_if_leased(make_verdict(job, now=OLD.end))
    (again,) = await retired(place, tmp_path)
    assert (again.result, await listed(store), exported_ids(tmp_path)) == (Result.RETIRED, [], [open, gone])


async def test_what_an_open_task_is_about_stays(place: Place, store: Store, tmp_path: Path) -> None:
    id = await judged(store, OLD, 1)
    await place.run("UPDATE task SET state = 1, close_time = NULL")
    (report,) = await retired(place, tmp_path)
    assert (report.result, await listed(store)) == (Result.KEPT, [id])


@pytest.mark.parametrize(
    "rule",
    [
        {"patterns": ["payment.*"]},
        {"patterns": ["payment.out"]},
        {"keeps": {"payment.out": FOREVER}},
        {"keeps": {"payment.out": NOW - OLD.end + 1}},
    ],
)
async def test_what_a_rule_keeps_stays(place: Place, store: Store, tmp_path: Path, rule: dict[str, Any]) -> None:
    gone, stays = await judged(store, OLD, 1), await judged(store, OLD, 2, "payment.out")
    (report,) = await retired(place, tmp_path, **rule)
    assert (report.kept, await listed(store), exported_ids(tmp_path)) == (("payment.out",), [stays], [gone])
    job = await store.list_samples(SampleQuery(10, 0, 100))
    assert [sample.decision.id for sample in job] == [stays]


async def test_what_was_kept_goes_when_its_time_has_come(place: Place, store: Store, tmp_path: Path) -> None:
    one, other = await passed(store, OLD, 1), await passed(store, OLD, 2, "payment.out")
    await retired(place, tmp_path, keeps={"payment.out": NOW - OLD.end + 1})
    (again,) = await retired(place, tmp_path, keeps={"payment.out": NOW - OLD.end + 1})
    assert again.result is Result.KEPT
    (last,) = await retired(place, tmp_path, keeps={"payment.out": NOW - OLD.end})
    assert last.manifest is not None
    assert (last.result, last.manifest.file) == (Result.RETIRED, "decisions-2025-03.2.jsonl.gz")
    assert (sorted(exported_ids(tmp_path)), await listed(store)) == ([one, other], [])


# What others see


async def test_nothing_breaks_where_decisions_are_missing(place: Place, store: Store, tmp_path: Path) -> None:
    key = make_request()
    old = await passed(store, OLD, 1, request=key)
    reviewed, stays = await judged(store, OLD, 2), await judged(store, NEWER, 3)
    cursors = await store.outbox.cursors(["hook"])
    await retired(place, tmp_path)
    assert await store.decision(old) is None
    assert not await store.is_open(old)
    assert await store.submitted(key) is None
    assert [event.kind for event in await store.decision_events(old, None, 10)] == []
    assert [sample.decision.id for sample in await store.list_samples(SampleQuery(10, 0, 100))] == [stays]
    spans = Spans(OLD.start, NEWER.end, NEWER.end - OLD.start, 1)
    assert [count.reviews for count in await store.override_counts(Grouping.ACTION, "", spans)] == [1]
    assert [count.reviews for count in await store.override_counts(Grouping.RULE, "", spans)] == [1]
    tasks = await store.list_tasks(TaskQuery(100))
    assert [job.decision.id for job in tasks if job.decision.id == reviewed] == []
    for query in (
        DecisionQuery(10, start_time=OLD.start),
        DecisionQuery(10, end_time=NEWER.end, action="refund.issue"),
    ):
        window = await store.window(query, 100)
        found = await store.list_decisions(replace(query, floor=window.floor))
        assert [decision.id for decision in found] == [stays]
    told = (await store.outbox.happenings(0)).found
    assert [each.decision is None for each in told if each.kind == "decision.submitted"] != []
    assert await store.outbox.spread_if_there(Spread(["hook"], cursors["hook"], cursors["hook"] + 1, []))


async def test_a_store_emptied_by_retention_goes_on(place: Place, store: Store, tmp_path: Path) -> None:
    key = make_request()
    await passed(store, OLD, 1, request=key)
    await judged(store, OLD, 2)
    await retired(place, tmp_path)
    assert await listed(store) == []
    assert (await store.window(DecisionQuery(10, action="refund.issue"), 100)).floor == 0
    (anew,) = await store.submit([make_admission(request=key)])
    assert isinstance(anew, Admitted)
    assert (anew.replayed, anew.decision.sequence) == (False, 3)
    await judged(store, NEWER, 4)
    assert await store.last_sample() == 2


# The form of the files


def shape(record: Any) -> Any:
    """Names and kinds of values, all the way down; how much there is does not count."""
    if isinstance(record, dict):
        return {name: shape(value) for name, value in record.items()}
    if isinstance(record, list):
        return [shape(each) for each in record]
    return type(record).__name__


@pytest.fixture
def places(request: pytest.FixtureRequest) -> Iterator[dict[str, Place]]:
    """An empty store of every engine."""
    with ExitStack() as stack:
        yield {name: Place(stack.enter_context(made(request))) for name, made in ENGINES.items()}


async def test_the_files_have_one_form_whatever_the_engine(places: dict[str, Place], tmp_path: Path) -> None:
    found = {}
    for name, place in places.items():
        folder = tmp_path / name
        folder.mkdir()
        store = await place.serve()
        await judged(store, OLD, 1)
        await retired(place, folder)
        await store.close()
        (found[name],) = exported(folder)
    assert shape(found["sqlite"]) == shape(found["postgres"])
    assert found["sqlite"]["reviews"][0]["override"] is False
