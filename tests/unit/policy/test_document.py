"""Policies as people read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from andon.domain.clock import DAY, HOUR, MINUTE, SECOND
from andon.domain.task import Escalation
from andon.policy.document import deadline_text, span_text
from andon.policy.model import Defaults
from andon.policy.shapes import duration
from andon.policy.watch import PolicyFolder
from andon.policy.work import End, OnDeadline
from tests.clock import FakeClock
from tests.unit.policy.policies import ENVIRONMENT, policy, rule, write

ONE = policy(rule("one", "true"))


@pytest.mark.parametrize("text", ["1s", "90s", "15m", "90m", "4h", "36h", "2d"])
def test_a_span_is_written_as_policies_write_it(text: str) -> None:
    assert span_text(duration(text)) == text


@pytest.mark.parametrize(
    ("deadline", "words"),
    [(90 * SECOND, "90 s"), (15 * MINUTE, "15 min"), (4 * HOUR, "4 h"), (DAY, "1 day"), (2 * DAY, "2 days")],
)
def test_a_deadline_says_what_it_does(deadline: int, words: str) -> None:
    assert deadline_text(Defaults(deadline=deadline)) == f"{words}, then expired"
    plan = OnDeadline(Escalation("leads", deadline))
    escalated = f"4 h, then escalated to leads for {words}, then expired"
    assert deadline_text(Defaults(deadline=4 * HOUR, on_deadline=plan)) == escalated


def test_a_deadline_says_what_callers_are_told() -> None:
    rejected = Defaults(deadline=HOUR, on_deadline=OnDeadline(end=End.REJECT))
    assert deadline_text(rejected) == "1 h, then expired (by default: reject)"
    lenient = OnDeadline(Escalation("leads", DAY), End.APPROVE_IF_REVERSIBLE)
    assert deadline_text(Defaults(deadline=HOUR, on_deadline=lenient)) == (
        "1 h, then escalated to leads for 1 day, then expired (by default: approve what can be undone, reject the rest)"
    )


def test_a_document_is_what_was_read_and_not_what_is_there_now(tmp_path: Path) -> None:
    clock = FakeClock()
    folder = PolicyFolder(write(tmp_path / "policies", refunds=ONE), ENVIRONMENT, clock)
    taken = clock.now()
    clock.advance(HOUR)
    for text in ("[", "# only a comment is new\n" + ONE):
        write(folder.folder, refunds=text)
        folder.reload()
        (document,) = folder.current.documents
        assert (document.file, document.text, folder.since) == ("refunds.yaml", ONE, taken)
    write(folder.folder, refunds=policy(rule("two", "true")))
    folder.reload()
    assert folder.current.documents[0].model.rules[0].id == "two"
    assert folder.since == clock.now()


def test_documents_come_by_name(tmp_path: Path) -> None:
    folder = write(tmp_path / "policies", z=ONE.replace("refund", "a"), a=ONE.replace("refund", "z"))
    documents = PolicyFolder(folder, ENVIRONMENT).current.documents
    assert [document.model.policy for document in documents] == sorted(one.model.policy for one in documents)
    assert {document.file for document in documents} == {"a.yaml", "z.yaml"}
