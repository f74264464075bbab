"""What who can write the database can do to an encrypted store, and what submitters can: nothing that is not told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from andon.domain.chain import Chain, ChainEntry, Misfit
from andon.domain.decision import Model
from andon.domain.errors import StoreUnavailable
from andon.domain.event import EventKind
from andon.domain.hold import LegalHold
from andon.domain.samples import SampleQuery
from andon.domain.search import DecisionQuery
from andon.domain.task import TaskState
from andon.store.errors import StoreUnusable
from andon.store.privacy import HoldQuery
from andon.store.sealing import Sealer
from andon.store.values import Admitted, Cancellation, TaskQuery
from andon.vault.sealer import AesSealer
from andon.vault.service import EnvironmentKey
from andon.vault.unlocking import ServiceVault
from tests.builders import make_admission, make_decision, make_id, make_proposal
from tests.clock import START
from tests.store import tampering
from tests.store.engines import KEY, PostgresEngine
from tests.store.helpers import admit, check_whole
from tests.store.test_amend import amendment
from tests.store.test_erasure import CANARY, SUBJECT, ended, erased, erasure, lived, personal
from tests.store.test_sealing import decision_row, on_disk, place, restore, rows_of, shared, told, vault

__all__ = ["place", "shared"]


class FewKeys(ServiceVault):
    """Remembers one key at a time."""

    async def unlock(self, kept: bytes | None) -> tuple[Sealer, bytes]:
        key, wrapped = await self._key(kept)
        return AesSealer(key, most=1), wrapped


@pytest.fixture
def forgetful(place: Any) -> Any:
    """A place whose servers remember one key at a time."""
    return place(FewKeys(EnvironmentKey(KEY)))


async def test_more_subjects_than_are_remembered_are_written_and_read(forgetful: Any) -> None:
    store = await forgetful.open()
    names = [f"{CANARY}-{number}" for number in range(6)]
    made = [make_admission(personal(name)) for name in (*names, *names)]
    for answer in await store.submit(made):
        assert isinstance(answer, Admitted)
    found = await store.list_decisions(DecisionQuery(20))
    assert [each.proposal.attributes.subject for each in reversed(found)] == [*names, *names]
    tasks = await store.list_tasks(TaskQuery(20, None, frozenset({TaskState.WAITING})))
    assert sorted(each.decision.proposal.attributes.subject for each in tasks) == sorted([*names, *names])
    assert len(await store.list_decisions(DecisionQuery(20, words=("never got",)))) == 12
    await check_whole(store)
    await store.close()


async def test_with_one_key_at_a_time_all_is_done(forgetful: Any) -> None:
    store = await forgetful.open()
    decision = await lived(store)
    assert str(await told(store, decision.id)).count(CANARY) > 10
    for name in ("Otto-1", "Otto-2"):
        await ended(store, personal(name))
    samples = await store.list_samples(SampleQuery(100, 0, 1 << 40))
    assert {each.decision.proposal.attributes.subject for each in samples} == {SUBJECT, "Otto-1", "Otto-2"}
    job = await admit(store, make_admission(personal("Otto-3")))
    await store.amend_if_open(amendment(job.decision, proposal=personal("Otto-4").proposal))
    made = await store.supersede_if_open(
        make_admission(personal("Otto-5")), Cancellation(job.decision.id, "refund-service", "", START + 60)
    )
    assert made.admitted.decision.proposal.attributes.subject == "Otto-5"
    assert await erased(store) == 1
    assert await erased(store, erasure(subject="Otto-1")) == 1
    await check_whole(store)
    await store.close()


NO_KEY = "DELETE FROM subject_key WHERE subject <> ''"
LOOSE = "UPDATE decision SET data_key = NULL"


@pytest.mark.parametrize(
    "made", [(), ("INSERT INTO destroyed_key (id, proof) SELECT id, 'destroyed' FROM subject_key WHERE subject <> ''",)]
)
async def test_a_key_that_is_taken_away_is_no_erasure(place: Any, made: tuple[str, ...]) -> None:
    engine = place(vault())
    store = await engine.open()
    decision = await ended(store)
    await store.close()
    await tampering.run(engine, *made, LOOSE, NO_KEY)
    store = await engine.open()
    with pytest.raises(StoreUnavailable):
        await store.decision(decision.id)
    await store.close()


async def test_what_a_restored_key_seals_is_read(place: Any) -> None:
    engine = place(vault())
    store = await engine.open()
    await ended(store)
    ((id, subject, wrapped),) = await rows_of(
        engine, "SELECT id, subject, wrapped FROM subject_key WHERE subject <> ''"
    )
    assert await erased(store) == 1
    overriding = "OVERRIDING SYSTEM VALUE" if isinstance(engine, PostgresEngine) else ""
    row = f"({id}, '{subject}', '{wrapped}', 0)"
    await tampering.run(
        engine, f"INSERT INTO subject_key (id, subject, wrapped, create_time) {overriding} VALUES {row}"
    )
    decision = await ended(store)
    await store.close()
    store = await engine.open()
    assert CANARY in str(await store.decision(decision.id))
    assert await erased(store) == 1  # and destroyed once more
    assert not await rows_of(engine, "SELECT 1 FROM subject_key WHERE subject <> ''")
    await store.close()


PLAIN_TEXTS = {
    "decision": "UPDATE decision SET comment = 'I said so'",
    "attributes": """UPDATE decision SET attributes = '{"irreversible":true}'""",
    "review": "UPDATE review SET comment = 'I said so'",
    "shown": """UPDATE review SET shown = '{"digest":"","opened":[],"unopened":[]}' WHERE shown IS NOT NULL""",
    "appeal": "UPDATE appeal SET reason = 'I said so'",
    "earlier": "UPDATE earlier_proposal SET body = '{}x'",
    "note": "UPDATE task SET note = 'I said so'",
    "hold": "UPDATE legal_hold SET reason = 'I said so'",
}
SWAPPED = {
    "comments": "UPDATE review SET comment = (SELECT o.comment FROM review o WHERE o.task_id <> review.task_id)",
    "proposals": "UPDATE earlier_proposal SET body ="
    " (SELECT max(o.body) FROM earlier_proposal o WHERE o.amendment <> earlier_proposal.amendment)",
    "columns": "UPDATE appeal SET reason = comment",
    "holds": "UPDATE legal_hold SET reason = (SELECT o.reason FROM legal_hold o WHERE o.id <> legal_hold.id)",
}


async def past(store: Any) -> Any:
    """A decision with a past, amended twice, and holds."""
    decision = await lived(store)
    job = await admit(store, make_admission(personal()))
    for number in (1, 2):
        again = replace(personal().proposal, reasoning=f"{number}")
        current = await store.decision(job.decision.id)
        await store.amend_if_open(amendment(current, proposal=again))
    for number in (1, 2):
        await store.privacy.hold(LegalHold(make_id(), f"case {number}", "ada", START, action=f"a{number}.b"))
    return decision, job.decision


async def all_of_it(store: Any, *decisions: Any) -> None:
    """Reads all there is of them, and the holds."""
    for decision in decisions:
        await told(store, decision.id)
    await store.privacy.holds(HoldQuery(10))


@pytest.mark.parametrize("change", [*PLAIN_TEXTS.values(), *SWAPPED.values()], ids=[*PLAIN_TEXTS, *SWAPPED])
async def test_nothing_is_believed_that_was_not_sealed_where_it_stands(place: Any, change: str) -> None:
    engine = place(vault())
    store = await engine.open()
    decisions = await past(store)
    await all_of_it(store, *decisions)
    await tampering.run(engine, change)
    with pytest.raises(StoreUnavailable):
        await all_of_it(store, *decisions)
    await store.close()


@pytest.mark.parametrize(
    "words",
    [
        """'{"salt":"00","words":{"comment":"I said so"}}'""",
        "'no JSON'",
        "substr(words, 1, length(words) - 6) || 'AAAAAA'",
        "substr(words, 1, 19) || '+1.AAAA'",
    ],
)
async def test_words_that_are_not_what_was_sealed_say_nothing_and_are_named(place: Any, words: str) -> None:
    engine = place(vault())
    store = await engine.open()
    decision = await ended(store)
    await tampering.run(engine, f"UPDATE ledger_words SET words = {words}")
    with capture_logs() as logs:
        events = await store.decision_events(decision.id, None, 10)
        assert await store.decision_events(decision.id, None, 10) == events
    assert [(each["event"], each["decision"]) for each in logs] == [("store.words_unfit", decision.name)]
    (event,) = (each for each in events if each.kind is EventKind.REVIEWED)
    assert event.details["outcome"] == "CORRECTED"
    assert "comment" not in event.details
    entries = await store.evidence.entries(0, 100, 1 << 30)
    with pytest.raises(Misfit, match="words"):
        follow(entries)
    await store.close()


def follow(entries: Sequence[ChainEntry]) -> None:
    """Checks a ledger from its beginning. Misfit."""
    chain = Chain()
    for entry in entries:
        chain.follow(entry)


async def test_nothing_of_what_was_shown_or_held_lies_on_the_disk(place: Any) -> None:
    engine = place(vault())
    store = await engine.open()
    decision = await lived(store)
    await store.privacy.hold(LegalHold(make_id(), f"{CANARY} sues", "ada", START, action="a.b"))
    assert CANARY not in await on_disk(engine)
    (hold,) = await store.privacy.holds(HoldQuery(10))
    assert hold.reason == f"{CANARY} sues"
    (sample, *_) = await store.list_samples(SampleQuery(100, 0, 1 << 40))
    assert sample.review.shown.opened == (f"input.{CANARY}",)
    await erased(store)
    told_ = await told(store, decision.id)
    assert CANARY not in str(told_)
    await store.close()
    assert CANARY not in await on_disk(engine)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM secret WHERE name = 'encryption_state'",
        "UPDATE secret SET value = (SELECT o.value FROM secret o WHERE o.name = 'encryption_key')"
        " WHERE name = 'encryption_state'",
    ],
)
async def test_nobody_can_say_that_it_is_not_whole(place: Any, change: str) -> None:
    engine = place(vault())
    await (await engine.open()).close()
    await tampering.run(engine, change)
    with pytest.raises(StoreUnusable, match="whether all of it is encrypted"):
        await engine.open()


async def test_what_a_store_held_before_is_believed(place: Any) -> None:
    store = await place().open()
    decision = await lived(store)
    await store.close()
    with capture_logs() as lines:
        store = await place(vault()).open()
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["store.plain_text_believed"]
    assert str(await told(store, decision.id)).count(CANARY) > 10
    await store.close()


async def test_a_submitter_who_knows_the_mark_does_no_harm(place: Any) -> None:
    engine = place(vault())
    store = await engine.open()
    await ended(store)
    sealed = (await decision_row(engine))[2]
    mark = sealed[: sealed.index(".", 7) - 1]
    for text in (sealed, mark, f"{mark}x", f"{mark}1.AAAA"):
        proposal = make_proposal(input={"a": text}, reasoning=text, subject=text, extra={"a": text})
        proposal = replace(proposal, model=Model(text, text), on_behalf_of=text)
        job = await admit(store, make_admission(make_decision(proposal)))
        again = await store.decision(job.decision.id)
        assert again is not None
        assert again.proposal == proposal
    assert len(await store.list_decisions(DecisionQuery(20))) == 5
    assert len(await store.list_tasks(TaskQuery(20, None, frozenset(TaskState)))) == 5
    await check_whole(store)
    await store.close()


async def test_other_servers_forget_destroyed_keys(shared: PostgresEngine) -> None:
    store, other = await shared.open(), await shared.open()
    decision = await ended(store)
    kept = await decision_row(shared)
    await other.changes(5.0)
    assert CANARY in str(await other.decision(decision.id))
    assert await erased(store) == 1
    await restore(shared, decision.id, kept)
    await other.changes(0.1)
    again = await other.decision(decision.id)
    assert again is not None
    assert dict(again.proposal.input) == {}
    for each in (store, other):
        await each.close()
