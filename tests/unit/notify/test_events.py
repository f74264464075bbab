"""What is told of which entry, and in which words."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

import pytest

from andon.domain.decision import Model, Reason, Route
from andon.domain.delivery import JITTER, RETRIES, Delivery, Happening, Subject, Work, retry_time
from andon.domain.task import TaskKind
from andon.notify.cloudevents import cloud_event, moment
from andon.notify.events import EVENTS, Event, Filter, Occasion, event_of
from andon.notify.words import text, title
from andon.store.ledger import LedgerKind
from andon.store.notices import TOLD
from tests.clock import START

REASONS: Final = (Reason("sure", "Not sure enough", Route.REVIEW),)
SUBJECT: Final = Subject("d", "refund.issue", "svc", Route.REVIEW, REASONS, Model("m", "1"), START)


def happened(
    kind: str, *, task: TaskKind | None = TaskKind.GATE, subject: Subject | None = SUBJECT, **body: Any
) -> Happening:
    work = None if task is None else Work("t", task, "refunds", START)
    return Happening(7, START, kind, "somebody", body, subject, work)


BLOCKED: Final = happened(LedgerKind.SUBMITTED, task=None, outcome="BLOCKED")
RETRAIN: Final = happened(
    LedgerKind.RETRAIN, task=None, subject=None, action="loan.grant", labels=500, cursor=9, model={"name": "m"}
)
REVISION: Final = happened(LedgerKind.REVISION, task=None, subject=None, revision="0123456789abcdef")

APPEALED: Final = replace(
    happened(LedgerKind.APPEALED, task=TaskKind.APPEAL),
    body={"comment": "it was intact", "level": 1, "task": {"queue": "appeals", "expire_time": START}},
)
JUDGED_ANEW: Final = happened(LedgerKind.REVIEWED, task=TaskKind.APPEAL, level=1, outcome="REJECTED")
REMINDER: Final = happened(LedgerKind.CLIMBED, notify=True, at=75, queue="senior", expire_time=START)


@pytest.mark.parametrize(
    ("happening", "event"),
    [
        (happened(LedgerKind.SUBMITTED), Event.HELD),
        (happened(LedgerKind.SUBMITTED, task=TaskKind.AUDIT, outcome="AUTO_APPROVED"), None),
        (BLOCKED, Event.BLOCKED),
        (happened(LedgerKind.REVIEWED, outcome="CORRECTED"), Event.RESOLVED),
        (happened(LedgerKind.REVIEWED, task=TaskKind.AUDIT, outcome=None), None),
        (happened(LedgerKind.EXPIRED, outcome="EXPIRED"), Event.RESOLVED),
        (happened(LedgerKind.EXPIRED, task=TaskKind.AUDIT, outcome="EXPIRED"), None),
        (happened(LedgerKind.CANCELLED, outcome="CANCELLED"), Event.RESOLVED),
        (happened(LedgerKind.ESCALATED, queue="senior"), Event.ESCALATED),
        (APPEALED, Event.APPEALED),
        (JUDGED_ANEW, Event.APPEAL_RESOLVED),
        (happened(LedgerKind.REVIEWED, task=TaskKind.APPEAL, level=1, outcome=None), None),
        (happened(LedgerKind.EXPIRED, task=TaskKind.APPEAL, level=1, outcome="EXPIRED"), Event.APPEAL_RESOLVED),
        (REMINDER, Event.REMINDED),
        (happened(LedgerKind.CLIMBED, notify=False, at=50, expire_time=START), None),
        (RETRAIN, Event.RETRAIN),
        (REVISION, Event.REVISION),
        (happened(LedgerKind.LEASED), None),
    ],
)
def test_each_entry_is_one_event_or_none(happening: Happening, event: Event | None) -> None:
    assert event_of(happening) is event


def test_every_kind_that_is_read_can_be_an_event() -> None:
    ended = {"outcome": "APPROVED"}
    endings = ("review.given", "task.expired", "decision.cancelled", "decision.amended", "decision.reevaluated")
    bodies: dict[str, dict[str, Any]] = dict.fromkeys(endings, ended)
    bodies["task.climbed"] = {"notify": True}
    assert {kind for kind in LedgerKind if event_of(happened(kind, **bodies.get(kind, {})))} == set(TOLD)


@pytest.mark.parametrize("event", ["decision.rejected", "decision.resolved"])
def test_an_outcome_alone_can_be_wanted(event: str) -> None:
    wanted = Filter(frozenset({event}))
    assert wanted.wants(Event.RESOLVED, happened(LedgerKind.REVIEWED, outcome="REJECTED"))
    assert wanted.wants(Event.RESOLVED, happened(LedgerKind.REVIEWED, outcome="APPROVED")) is (
        event == "decision.resolved"
    )


@pytest.mark.parametrize(
    ("lists", "wanted"),
    [
        ({}, True),
        ({"actions": ("refund.*",)}, True),
        ({"actions": ("refund.issue", "loan.*")}, True),
        ({"actions": ("refund",)}, False),
        ({"actions": ("ref.*",)}, False),
        ({"submitters": ("svc",)}, True),
        ({"submitters": ("sv",)}, False),
        ({"queues": ("*",)}, True),
        ({"queues": ("senior",)}, True),
        ({"queues": ("refunds",)}, False),
    ],
)
def test_lists_narrow_what_is_wanted(lists: dict[str, tuple[str, ...]], wanted: bool) -> None:
    escalated = happened(LedgerKind.ESCALATED, queue="senior")
    assert Filter(frozenset(EVENTS), **lists).wants(Event.ESCALATED, escalated) is wanted


def test_what_is_about_no_submitter_or_queue_is_not_held_back_by_them() -> None:
    narrow = Filter(frozenset(EVENTS), submitters=("svc",), queues=("refunds",))
    assert narrow.wants(Event.REVISION, REVISION)
    assert not Filter(frozenset(EVENTS), actions=("refund.*",)).wants(Event.RETRAIN, RETRAIN)


@pytest.mark.parametrize(
    ("happening", "event", "said"),
    [
        (BLOCKED, Event.BLOCKED, "refund.issue: blocked (Not sure enough)"),
        (happened(LedgerKind.CANCELLED, outcome="CANCELLED"), Event.RESOLVED, "refund.issue: cancelled"),
        (happened(LedgerKind.ESCALATED, queue="senior"), Event.ESCALATED, "refund.issue: escalated to senior"),
        (APPEALED, Event.APPEALED, f"refund.issue: appealed, in appeals, due {moment(START)[:16]}Z"),
        (JUDGED_ANEW, Event.APPEAL_RESOLVED, "refund.issue: appeal rejected"),
        (
            REMINDER,
            Event.REMINDED,
            f"refund.issue: 75% of its time has passed in senior, due {moment(START)[:16]}Z",
        ),
        (
            happened(LedgerKind.EXPIRED, outcome="EXPIRED", timeout_default="APPROVE"),
            Event.RESOLVED,
            "refund.issue: expired, and passes unjudged",
        ),
        (
            happened(LedgerKind.EXPIRED, outcome="EXPIRED", timeout_default="REJECT"),
            Event.RESOLVED,
            "refund.issue: expired",
        ),
        (RETRAIN, Event.RETRAIN, "loan.grant: 500 new labels, time to retrain"),
        (REVISION, Event.REVISION, "policy revision 0123456789ab is in force"),
    ],
)
def test_people_read_what_happened(happening: Happening, event: Event, said: str) -> None:
    occasion = Occasion(Delivery("id", "crew", event.value, 7, "", START), happening)
    assert (title([occasion]), text([occasion], START, "")) == ("Andon", said)


def test_without_a_page_there_is_no_link() -> None:
    body = cloud_event(Occasion(Delivery("id", "hook", Event.BLOCKED.value, 7, "", START), BLOCKED), "").decode()
    assert '"source":"/andon"' in body
    assert '"url"' not in body


def test_a_service_is_told_what_it_is_reminded_of() -> None:
    occasion = Occasion(Delivery("id", "hook", Event.REMINDED.value, 7, "", START), REMINDER)
    message = json.loads(cloud_event(occasion, "https://andon.example.com"))
    assert (message["type"], message["subject"]) == ("andon.task.reminded", "decisions/d")
    told = {key: message["data"][key] for key in ("task", "queue", "percent", "expire_time", "url")}
    assert told == {
        "task": "tasks/t",
        "queue": "senior",
        "percent": 75,
        "expire_time": moment(START),
        "url": "https://andon.example.com/#/tasks/t",
    }


def test_a_service_is_told_of_an_appeal_and_of_no_word_of_it() -> None:
    opened = Occasion(Delivery("id", "hook", Event.APPEALED.value, 7, "", START), APPEALED)
    message = json.loads(cloud_event(opened, "https://andon.example.com"))
    data = message["data"]
    assert (message["type"], message["subject"]) == ("andon.decision.appealed", "decisions/d")
    assert (data["level"], data["task"], data["queue"]) == (1, "tasks/t", "appeals")
    assert (data["expire_time"], data["url"]) == (moment(START), "https://andon.example.com/#/tasks/t")
    assert "intact" not in str(message)
    judged = Occasion(Delivery("id", "hook", Event.APPEAL_RESOLVED.value, 8, "", START), JUDGED_ANEW)
    message = json.loads(cloud_event(judged, "https://andon.example.com"))
    assert message["type"] == "andon.appeal.resolved"
    assert (message["data"]["level"], message["data"]["outcome"]) == (1, "REJECTED")
    assert message["data"]["url"].endswith("/#/decisions/d")


def test_a_service_is_told_what_a_timeout_means() -> None:
    expired = happened(LedgerKind.EXPIRED, outcome="EXPIRED", timeout_default="REJECT")
    message = json.loads(cloud_event(Occasion(Delivery("id", "hook", Event.RESOLVED.value, 7, "", START), expired), ""))
    assert (message["data"]["outcome"], message["data"]["timeout_default"]) == ("EXPIRED", "REJECT")


def test_a_queue_s_wait_is_an_event_of_its_own() -> None:
    waiting = Occasion(Delivery("id-1", "hook", Event.QUEUE_WAITING.value, 0, "refunds", START), None)
    assert cloud_event(waiting, "").decode() == (
        '{"data":{"oldest_create_time":"2026-09-21T14:13:20.000000Z","queue":"refunds"},'
        '"datacontenttype":"application/json","id":"id-1","source":"/andon","specversion":"1.0",'
        '"time":"2026-09-21T14:13:20.000000Z","type":"andon.queue.waiting"}'
    )


def test_times_are_rfc_3339() -> None:
    assert moment(START + 1) == "2026-09-21T14:13:20.000001Z"


@pytest.mark.parametrize("draw", [0.0, 0.5, 1.0])
def test_retries_are_spread_and_end(draw: float) -> None:
    for attempts, span in enumerate(RETRIES, 1):
        again = retry_time(attempts, START, draw)
        assert again is not None
        assert again - START == round(span * (1 + JITTER * (2 * draw - 1)))
    assert retry_time(len(RETRIES) + 1, START, draw) is None
    assert retry_time(1, START, draw, least=99 * RETRIES[-1]) == START + RETRIES[-1]
