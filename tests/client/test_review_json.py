"""`andon review --json`: by a program over pipes; and what it says where it can't start."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Generator
from dataclasses import replace
from datetime import datetime
from typing import IO, Any

import grpc
import pytest
import pytest_asyncio

from andon_client import Client, Proposal, cli
from andon_client._gen.andon.v1 import decision_pb2, review_service_pb2, task_pb2
from tests.client.fake import START, Fault, State
from tests.client.fake_server import FakeServer

HELD = Proposal(
    action="refund.issue",
    input={"text": "it \x1b[2Jbroke", "lines": [{"price": 3}]},
    prediction={"amount": 40},
    confidence=0.5,
    amount=40.0,
)


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

    def __init__(self, state: State, client: Client, patch: pytest.MonkeyPatch, stdin: IO[str]) -> None:
        self.state = state
        self.screen = Screen()
        self._patch = patch
        self._stdin = stdin
        self._client = client
        self._running: asyncio.Future[int] | None = None

    def start(self, *flags: str) -> None:
        parser = argparse.ArgumentParser()
        cli.add_parsers(parser.add_subparsers())
        options = parser.parse_args(["review", "--address", self._client.address, "--token", "secret", *flags])
        # Here and not in a fixture: the runner's capture puts its own streams in place before each test.
        self._patch.setattr(sys, "stdin", self._stdin)
        self._patch.setattr(sys, "stdout", self.screen)
        self._running = asyncio.ensure_future(options.start(options))

    async def hand_out(self) -> str:
        """Leases one new task to the session; its name."""
        decision = await self._client.submit(HELD)
        await self.state.until(lambda: bool(self.state.streams))
        self.state.send(review_service_pb2.STREAM_EVENT_TYPE_LEASED, self.state.lease(decision.task))
        return decision.task

    async def amend(self, task: str, prediction: dict[str, Any]) -> None:
        """The caller changes what is decided, under the reviewer's eyes."""
        held = self.state.tasks[task]
        await self._client.amend(await self._client.get(held.decision.name), replace(HELD, prediction=prediction))
        held.decision.CopyFrom(self.state.decisions[held.decision.name])
        self.state.send(review_service_pb2.STREAM_EVENT_TYPE_LEASED, held)
        self.state.fail("Review", Fault(grpc.StatusCode.ABORTED, "PAYLOAD_CHANGED"))

    async def ends(self) -> int:
        assert self._running is not None
        return await self._running


@pytest_asyncio.fixture
async def client(server: FakeServer) -> AsyncGenerator[Client, None]:
    async with Client(server.address) as made:
        yield made


@pytest.fixture
def pipe(
    state: State, client: Client, monkeypatch: pytest.MonkeyPatch
) -> Generator[tuple[Session, IO[str]], None, None]:
    reading, writing = os.pipe()
    with os.fdopen(reading, "r") as stdin, os.fdopen(writing, "w") as typing:
        yield Session(state, client, monkeypatch, stdin), typing


async def test_without_a_terminal_it_says_what_to_do(
    pipe: tuple[Session, IO[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    session, _ = pipe
    session.start()
    assert await session.ends() == 2
    assert "use --json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("resume", "until"),
    [(START, "until 2026-11-01 00:00Z"), (None, "until you say otherwise")],
    ids=["for a time", "until further notice"],
)
async def test_who_is_away_is_told_why_nothing_comes(
    pipe: tuple[Session, IO[str]], capsys: pytest.CaptureFixture[str], resume: datetime | None, until: str
) -> None:
    session, typing = pipe
    session.state.session.availability = review_service_pb2.AVAILABILITY_AWAY
    if resume is not None:
        session.state.session.resume_time.FromDatetime(resume)
    session.start("--json")
    typing.close()
    assert await session.ends() == 0
    assert capsys.readouterr().err == f"andon: you are away {until}: nothing is handed to you\n"


@pytest.mark.parametrize("old", [False, True], ids=["available", "a server too old to tell"])
async def test_who_takes_work_is_told_nothing(
    pipe: tuple[Session, IO[str]], capsys: pytest.CaptureFixture[str], old: bool
) -> None:
    session, typing = pipe
    session.state.session.availability = review_service_pb2.AVAILABILITY_AVAILABLE
    if old:
        session.state.fail("GetSession", Fault(grpc.StatusCode.UNIMPLEMENTED))
    session.start("--json")
    typing.close()
    assert await session.ends() == 0
    assert capsys.readouterr().err == ""


async def test_a_wrong_token_ends_it_at_once(pipe: tuple[Session, IO[str]]) -> None:
    fault = Fault(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_INVALID")
    session, _ = pipe
    session.state.fail("ListTasks", fault)
    session.start("--json")
    assert await session.ends() == 4


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


async def test_a_program_sees_what_was_changed_and_how_it_is_to_be_shown(pipe: tuple[Session, IO[str]]) -> None:
    session, typing = pipe
    verdicts = (task_pb2.VERDICT_REJECT, task_pb2.VERDICT_CORRECT)
    session.state.presentation = task_pb2.Presentation(effect="Refund 40", comment_required=verdicts)

    async def obeys(name: str, verdict: str, **more: Any) -> dict[str, Any]:
        typing.write(json.dumps({"task": name, "verdict": verdict, **more}) + "\n")
        typing.flush()
        answer: dict[str, Any] = json.loads(await session.screen.shows("\n"))
        return answer

    session.start("--json", "--limit", "2")
    name = await session.hand_out()
    shown = json.loads(await session.screen.shows("\n"))["task"]["presentation"]
    assert shown["comment_required"] == ["CORRECT", "REJECT"]
    assert (await obeys(name, "extend"))["verdict"] == "extend"  # and the task stays open
    await session.amend(name, {"amount": 7})
    assert (await obeys(name, "approve"))["reason"] == "PAYLOAD_CHANGED"
    assert json.loads(await session.screen.shows("\n"))["task"]["decision"]["proposed"] == {"amount": 7}
    assert (await obeys(name, "approve"))["answer"]["decision"]["outcome"] == "APPROVED"
    assert session.state.reviews[-1].payload_hash == session.state.tasks[name].decision.payload_hash
    other = await session.hand_out()
    await session.screen.shows("\n")
    assert (await obeys(other, "release", skip=False))["verdict"] == "release"
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
