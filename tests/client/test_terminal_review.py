"""`andon review`: by hand on a (pseudo-)terminal, and by a program over pipes."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import IO, Any

import grpc
import pytest
import pytest_asyncio

from andon_client import Client, Proposal, cli
from andon_client._gen.andon.v1 import decision_pb2, review_service_pb2, task_pb2
from andon_client.cli.terminal import Keyboard
from tests.client.fake import Fault, State
from tests.client.fake_server import FakeServer

pty = pytest.importorskip("pty", reason="needs a POSIX terminal")

HELD = Proposal(
    action="refund.issue",
    input={"text": "it \x1b[2Jbroke", "lines": [{"price": 3}]},
    prediction={"amount": 40},
    confidence=0.5,
    reasoning="the warranty holds",
    amount=40.0,
    currency="EUR",
    irreversible=True,
)
KEYS = "[a]pprove"


class Screen:
    """What was written to stdout, and a way to wait for it."""

    def __init__(self) -> None:
        self.text = ""
        self._written = asyncio.Event()

    def write(self, text: str) -> int:
        self.text += text
        self._written.set()
        return len(text)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return False

    async def shows(self, *wanted: str) -> str:
        """Waits until all is there; returns what came up to the last of it, and begins anew behind that."""
        while not all(text in self.text for text in wanted):
            self._written.clear()
            await self._written.wait()
        end = max(self.text.index(text) + len(text) for text in wanted)
        shown, self.text = self.text[:end], self.text[end:]
        return shown


class Session:
    """`andon review` under a test's hands."""

    def __init__(self, state: State, client: Client, patch: pytest.MonkeyPatch, stdin: IO[str], typing: int) -> None:
        self.state = state
        self.screen = Screen()
        self._patch = patch
        self._stdin = stdin
        self._client = client
        self._typing = typing
        self._running: asyncio.Future[int] | None = None

    def start(self, *flags: str) -> None:
        parser = argparse.ArgumentParser()
        cli.add_parsers(parser.add_subparsers())
        options = parser.parse_args(["review", "--address", self._client.address, "--token", "secret", *flags])
        # Here and not in a fixture: the runner's capture puts its own streams in place before each test.
        self._patch.setattr(sys, "stdin", self._stdin)
        self._patch.setattr(sys, "stdout", self.screen)
        self._running = asyncio.ensure_future(options.start(options))

    def type(self, text: str) -> None:
        os.write(self._typing, text.encode())

    async def hand_out(self) -> str:
        """Leases one new task to the session; its name."""
        decision = await self._client.submit(HELD)
        await self.state.until(lambda: bool(self.state.streams))
        self.state.send(review_service_pb2.STREAM_EVENT_TYPE_LEASED, self.state.lease(decision.task))
        return decision.task

    async def ends(self) -> int:
        assert self._running is not None
        return await self._running


@pytest_asyncio.fixture
async def client(server: FakeServer) -> AsyncGenerator[Client, None]:
    async with Client(server.address) as made:
        yield made


@pytest.fixture
def terminal(state: State, client: Client, monkeypatch: pytest.MonkeyPatch) -> Generator[Session, None, None]:
    master, slave = pty.openpty()
    with os.fdopen(slave, "r") as stdin:
        monkeypatch.setattr(Keyboard, "possible", staticmethod(lambda: True))
        yield Session(state, client, monkeypatch, stdin, master)
    os.close(master)


@pytest.fixture
def pipe(
    state: State, client: Client, monkeypatch: pytest.MonkeyPatch
) -> Generator[tuple[Session, IO[str]], None, None]:
    reading, writing = os.pipe()
    with os.fdopen(reading, "r") as stdin, os.fdopen(writing, "w") as typing:
        yield Session(state, client, monkeypatch, stdin, writing), typing


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    """An editor that writes this."""
    (tmp_path / "content").write_text(content)
    script = tmp_path / "editor.sh"
    script.write_text(f'#!/bin/sh\ncp {tmp_path / "content"} "$1"\n')
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(script))


async def test_the_whole_task_is_shown_and_approved_with_a_comment(terminal: Session) -> None:
    terminal.start("--limit", "1")
    name = await terminal.hand_out()
    shown = await terminal.screen.shows(KEYS, "due in ")
    for wanted in (
        "If approved, this will be done",
        "amount  40",
        "40 EUR",
        "CAN'T BE UNDONE",
        "low confidence (confidence)",
        "the warranty holds",
        "lines[0].price",
        "it \\x1b[2Jbroke",
        name,
        "due in ",
    ):
        assert wanted in shown
    terminal.type("a")
    await terminal.screen.shows("comment")
    terminal.type("looks right\n")
    assert await terminal.ends() == 0
    (review,) = terminal.state.reviews
    assert (review.verdict, review.comment) == (task_pb2.VERDICT_APPROVE, "looks right")


async def test_a_comment_prompt_lets_one_go_back_and_keys_typed_ahead_judge_nothing(terminal: Session) -> None:
    terminal.start()
    terminal.type("aaa")
    await terminal.hand_out()
    await terminal.screen.shows(KEYS)
    terminal.type("r")
    await terminal.screen.shows("Reject - comment")
    terminal.type(".\n")
    await terminal.screen.shows(KEYS)
    terminal.type("?")
    await terminal.screen.shows("approve: do as the AI proposes", "If approved", KEYS)
    terminal.type("\x1b[A")  # an arrow key means nothing
    terminal.type("r")
    await terminal.screen.shows("Reject - comment")
    terminal.type("\n")
    await terminal.screen.shows("rejected", "waiting for a task")
    terminal.type("q")
    assert await terminal.ends() == 0
    (review,) = terminal.state.reviews
    assert review.verdict == task_pb2.VERDICT_REJECT


async def test_a_correction_is_edited_compared_and_sent(
    terminal: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, monkeypatch, '{"amount": 20}')
    terminal.start("--limit", "1")
    await terminal.hand_out()
    await terminal.screen.shows(KEYS)
    terminal.type("c")
    shown = await terminal.screen.shows("Send this correction?")
    assert '-  "amount": 40' in shown
    assert '+  "amount": 20' in shown
    terminal.type("y")
    await terminal.screen.shows("comment")
    terminal.type("half\n")
    assert await terminal.ends() == 0
    (review,) = terminal.state.reviews
    assert review.corrected_prediction.fields["amount"].number_value == 20


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "Expecting property name"),
        ("[1]", "must be an object"),
        ('{"amount": 40}', "Nothing was changed"),
        ('{"amount": "much"}', "'much' is not of type 'number'"),
    ],
)
async def test_a_correction_that_can_not_be_sent_is_told(
    terminal: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, said: str
) -> None:
    pytest.importorskip("jsonschema")
    terminal.state.schema = {"properties": {"amount": {"type": "number"}}}
    editor(tmp_path, monkeypatch, content)
    terminal.start()
    name = await terminal.hand_out()
    await terminal.screen.shows(KEYS)
    terminal.type("c")
    await terminal.screen.shows(said, "[e]dit again")
    editor(tmp_path, monkeypatch, '{"amount": 1}')
    terminal.type("e")
    await terminal.screen.shows("Send this correction?")
    terminal.type("n")
    await terminal.screen.shows(KEYS)
    terminal.type("q")
    assert await terminal.ends() == 0
    assert not terminal.state.reviews
    assert terminal.state.tasks[name].state == task_pb2.TASK_STATE_WAITING


async def test_escalate_skip_and_refusals(terminal: Session) -> None:
    fault = Fault(grpc.StatusCode.FAILED_PRECONDITION, "NO_ESCALATION", message="no queue to escalate to")
    terminal.state.fail("EscalateTask", fault)
    terminal.start("--limit", "2")
    first = await terminal.hand_out()
    for said in ("no queue to escalate to", "escalated to leads"):
        await terminal.screen.shows(KEYS)
        terminal.type("e")
        await terminal.screen.shows("comment")
        terminal.type("\n")
        await terminal.screen.shows(said)
    second = await terminal.hand_out()
    await terminal.screen.shows(KEYS)
    terminal.type("s")
    assert await terminal.ends() == 0
    assert terminal.state.tasks[first].queue == "leads"
    assert terminal.state.tasks[second].state == task_pb2.TASK_STATE_WAITING


async def test_a_task_taken_away_is_told_at_once(terminal: Session) -> None:
    terminal.start("--limit", "1")
    name = await terminal.hand_out()
    await terminal.screen.shows(KEYS)
    terminal.state.remove(name)
    await terminal.screen.shows("no longer yours")
    assert await terminal.ends() == 0


async def test_the_end_of_the_terminal_ends_the_session(terminal: Session) -> None:
    terminal.start()
    name = await terminal.hand_out()
    await terminal.screen.shows(KEYS)
    terminal.type("\x04")
    assert await terminal.ends() == 0
    assert terminal.state.tasks[name].state == task_pb2.TASK_STATE_WAITING


async def test_without_a_terminal_it_says_what_to_do(
    pipe: tuple[Session, IO[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    session, _ = pipe
    session.start()
    assert await session.ends() == 2
    assert "use --json" in capsys.readouterr().err


async def test_a_wrong_token_ends_it_at_once(terminal: Session) -> None:
    fault = Fault(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_INVALID")
    terminal.state.fail("ListTasks", fault)
    terminal.start()
    assert await terminal.ends() == 4


async def test_a_program_reviews_over_pipes(pipe: tuple[Session, IO[str]]) -> None:
    session, typing = pipe

    def say(line: dict[str, Any] | str) -> None:
        typing.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
        typing.flush()

    async def told() -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(await session.screen.shows("\n"))
        return answer

    session.start("--json", "--limit", "2")
    first = await session.hand_out()
    task = (await told())["task"]
    assert task["name"] == first
    assert task["decision"]["input"]["lines"] == [{"price": 3}]
    for wrong, fault in (
        ("{", "not JSON"),
        ({"task": first, "verdict": "perhaps"}, "a line must have"),
        ({"task": "tasks/other", "verdict": "approve"}, f"the open task is {first}"),
        ({"task": first, "verdict": "correct"}, "corrected_prediction: must be an object"),
    ):
        say(wrong)
        assert fault in (await told())["error"]
    say({"task": first, "verdict": "correct", "corrected_prediction": {"amount": 1}, "comment": "less"})
    done = await told()
    assert (done["done"], done["verdict"], done["answer"]["decision"]["outcome"]) == (first, "correct", "CORRECTED")
    second = await session.hand_out()
    assert (await told())["task"]["name"] == second
    session.state.remove(second)
    assert await told() == {"lost": second}
    assert await session.ends() == 0


async def test_the_end_of_the_pipe_gives_the_task_back(pipe: tuple[Session, IO[str]]) -> None:
    session, typing = pipe
    session.start("--json")
    name = await session.hand_out()
    await session.screen.shows("\n")
    typing.close()
    assert await session.ends() == 0
    assert session.state.tasks[name].state == task_pb2.TASK_STATE_WAITING
    assert session.state.decisions[name.replace("tasks", "decisions")].state == decision_pb2.DECISION_STATE_PENDING
