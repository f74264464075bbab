"""What is left of the bytes after an erasure: no more than the documentation says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from andon.domain.canonical import JsonObject
from andon.domain.hold import LegalHold
from andon.domain.review import Shown, Verdict
from andon.store.port import Store
from andon.store.privacy import Release
from andon.store.values import Cancellation
from tests.builders import (
    make_admission,
    make_decision,
    make_hold,
    make_id,
    make_proposal,
    make_request,
    make_verdict,
)
from tests.clock import START
from tests.store.engines import PLAIN, Engine, PostgresEngine
from tests.store.helpers import admit
from tests.store.test_amend import amendment
from tests.store.test_appeals import judged, seat, taken, wish
from tests.store.test_erasure import SUBJECT, erased, erasure, stored
from tests.store.test_more_time import TWICE

GONE = (
    "Input", "Member", "Prediction", "Reasoning", "Extra", "Before", "BackNote", "TimeNote", "Verdict", "Corrected",
    "Opened", "Objection", "TaskNote", "Answer", "Recorrected", "Withdrawn",
)  # fmt: skip
BODIES = {"correction_schema", "presentation", "work_plan"}
KEPT = ("OnBehalf", "RequestId", "ErasureReason", "HoldReason", "ReleaseReason", "RevName")


def word(name: str) -> str:
    return f"Ottilie{name}Zed"


async def said(store: Store) -> None:
    """Two decisions in whose every place stands another word."""
    proposal = make_proposal(
        input={word("Member"): word("Input")}, prediction={"a": word("Prediction"), "approve": True},
        reasoning=word("Reasoning"), on_behalf_of=word("OnBehalf"), subject=SUBJECT, extra={"a": word("Extra")},
    )  # fmt: skip
    before = replace(proposal, input={"a": word("Before")}, reasoning=word("Before"))
    request = make_request(request_id=f"{word('RequestId')}-{make_id()}")
    job = await admit(store, make_admission(make_decision(before), plan=TWICE, request=request))
    await store.amend_if_open(amendment(job.decision, proposal=proposal))
    (job,) = await taken(store, "otto")
    await store.release_if_held(make_hold(job.task, START + 31), word("BackNote"), skip=True)
    (job,) = await taken(store, word("RevName"))
    await store.extend_if_held(make_hold(job.task, START + 31), word("TimeNote"))
    correction: JsonObject = {"approve": True, "a": word("Corrected")}
    given = make_verdict(job, Verdict.CORRECT, START + 32, correction=correction, comment=word("Verdict"))
    shown = Shown("0" * 64, (f"input.{word('Opened')}",), (), 2)
    decision = (await store.settle_if_leased(replace(given, review=replace(given.review, shown=shown)))).job.decision
    contest = wish(decision, replace(seat(decision), note=word("TaskNote")))
    await store.appeal_if_resolved(replace(contest, comment=word("Objection")))
    corrected: JsonObject = {"approve": True, "a": word("Recorrected")}
    await judged(store, Verdict.CORRECT, "lena", correction=corrected, comment=word("Answer"))
    other = await admit(store, make_admission(make_decision(proposal)))
    await store.cancel_if_open(Cancellation(other.decision.id, "rita", word("Withdrawn"), START + 40))


@pytest.mark.needs(PLAIN)
async def test_each_word_is_left_or_gone_as_documented(engine: Engine, store: Store) -> None:
    await said(store)
    hold = await store.privacy.hold(LegalHold(make_id(), word("HoldReason"), "ada", START, subject=SUBJECT))
    await store.privacy.release(Release(hold.id, "ada", word("ReleaseReason"), START + 50))
    assert await erased(store, replace(erasure(), reason=word("ErasureReason"))) == 2
    left = await stored(engine)
    assert [name for name in GONE if word(name).encode() in left] == []
    assert [name for name in KEPT if word(name).encode() in left] == [*KEPT]
    assert SUBJECT.encode() not in left


@pytest.mark.needs(PLAIN)
async def test_what_a_database_s_files_hold_goes_when_they_are_rewritten(engine: Engine, store: Store) -> None:
    if not isinstance(engine, PostgresEngine):
        pytest.skip("a file is looked at as it is")
    for _ in range(3):
        await said(store)
    connection = await asyncpg.connect(engine.url)
    await connection.execute("ANALYZE")
    await connection.execute("CHECKPOINT")
    assert await left_in_files(connection) == set(GONE)
    await erased(store)
    await connection.execute("VACUUM FULL")
    await connection.execute("CHECKPOINT")
    assert await left_in_files(connection) == set()
    await connection.close()


@pytest.mark.needs(PLAIN)
async def test_no_statistics_are_made_of_what_is_said(engine: Engine, store: Store) -> None:
    if not isinstance(engine, PostgresEngine):
        pytest.skip("it makes none")
    connection = await asyncpg.connect(engine.url)
    sampled = (
        "SELECT c.relname, a.attname, a.attstattarget FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace AND a.attname = ANY ($1)"
    )
    names = ["subject", "attributes", "prediction", "input", "reasoning", "comment", "note", "words", "body", "shown"]
    found = {(table, column): target for table, column, target in await connection.fetch(sampled, names)}
    assert sum(1 for table, _ in found if table.startswith("decision_")) > 2 * 6, "parts of the log as well"
    beside = {"delivery", "request", "checkpoint", "subject_key", "ledger"} | BODIES
    assert {place for place, target in found.items() if target != 0 and place[0] not in beside} == set()
    await connection.close()


async def left_in_files(connection: asyncpg.Connection[asyncpg.Record]) -> set[str]:
    """Which of the words stand in the files of the database."""
    folder = Path(await connection.fetchval("SELECT current_setting('data_directory')"))
    database = await connection.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()")
    files = [path.read_bytes() for path in (folder / "base" / str(database)).iterdir() if path.is_file()]
    return {name for name in GONE if any(word(name).encode() in content for content in files)}
