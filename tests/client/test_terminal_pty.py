"""`andon review` as a program on a real (pseudo-)terminal: it gives the terminal back, however it ends."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Any

import grpc
import pytest

from andon_client import Client
from andon_client._gen.andon.v1 import review_service_pb2, task_pb2
from tests.client.desk import HELD
from tests.client.fake import Fault, State
from tests.client.fake_server import FakeServer
from tests.client.pseudo import ALTERNATE, Terminal, terminal

COLOUR = re.compile(rb"\x1b\[(\d+;)*([34][0-8]|9[0-7]|10[0-7])(;\d+)*m")


async def held(state: State, client: Client) -> str:
    """A task that is leased as soon as somebody asks."""
    decision = await client.submit(HELD)
    return state.lease(decision.task).name


async def sends_and_quits(screen: Terminal) -> None:
    """Sends the verdict that can still be undone, without waiting, and quits."""
    await screen.shows(b"u undoes it")
    await screen.shows(b"sent in 4 s", b"sent in 3 s", b"sent in 2 s")  # no key is taken for typed ahead now
    screen.type("q")
    await screen.shows(b"send now and quit")
    screen.type("y")
    assert await screen.ends() == 0


async def test_a_task_is_judged_and_the_terminal_given_back(
    server: FakeServer, state: State, unhurried: Client
) -> None:
    await held(state, unhurried)
    async with terminal(server.address) as screen:
        await screen.shows(b"refund.issue")
        await screen.shows("● live".encode())
        screen.type("\r")
        await screen.shows(b"The AI proposes")
        screen.type("a")
        await screen.shows(b"Approve?")
        screen.type("fine\r")
        await sends_and_quits(screen)
    assert [review.comment for review in state.reviews] == ["fine"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, None])
async def test_signals_and_ctrl_c_give_task_and_terminal_back(
    server: FakeServer, state: State, unhurried: Client, number: signal.Signals | None
) -> None:
    name = await held(state, unhurried)
    async with terminal(server.address) as screen:
        await screen.shows("● live".encode())
        if number is None:
            screen.type("\x03")
        else:
            screen.process.send_signal(number)
        assert await screen.ends() == 0
    assert state.tasks[name].state == task_pb2.TASK_STATE_WAITING


async def test_the_editor_gets_the_terminal_and_gives_it_back(
    server: FakeServer, state: State, unhurried: Client, tmp_path: Path
) -> None:
    await held(state, unhurried)
    script = tmp_path / "editor.sh"
    script.write_text('#!/bin/sh\necho the editor is here\nread line\necho "{\\"amount\\": $line}" > "$1"\n')
    script.chmod(0o700)
    async with terminal(server.address, VISUAL=str(script)) as screen:
        await screen.shows("● live".encode())
        screen.type("\r")
        await screen.shows(b"The AI proposes")
        screen.type("c")
        await screen.shows(b"Correct:")
        screen.type("\x05")
        await screen.shows(b"the editor is here")
        state.send(review_service_pb2.STREAM_EVENT_TYPE_HEARTBEAT)
        screen.type("25\n")
        await screen.shows(b"Correct?")
        screen.type("\r")
        await sends_and_quits(screen)
    assert state.reviews[0].corrected_prediction.fields["amount"].number_value == 25
    edited = bytes(screen.written).split(b"the editor is here")[1].split(ALTERNATE)[0]
    assert b"\x1b[" not in edited


@pytest.mark.parametrize("name", ["stdin", "stdout", "stderr"])
async def test_what_is_no_terminal_is_named(server: FakeServer, tmp_path: Path, name: str) -> None:
    with (tmp_path / "file").open("w+") as file:
        async with terminal(server.address, redirected={name: file}) as screen:
            assert await screen.process.wait() == 2
        said = (tmp_path / "file").read_text() or screen.written.decode()
    assert f"{name} is no terminal; use --json" in said
    assert ALTERNATE not in screen.written


async def test_no_colour_where_none_is_wanted(server: FakeServer, state: State, unhurried: Client) -> None:
    await held(state, unhurried)
    for name, value in (("NO_COLOR", "1"), ("TERM", "vt100")):
        settings: dict[str, Any] = {name: value}
        async with terminal(server.address, **settings) as screen:
            await screen.shows("● live".encode())
            screen.type("q")
            assert await screen.ends() == 0
        assert not COLOUR.search(screen.written)


async def test_a_wrong_token_ends_it_at_once(server: FakeServer, state: State) -> None:
    state.fail("GetSession", Fault(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_INVALID"))
    async with terminal(server.address) as screen:
        await screen.shows(b"is this the token of another server?")
        assert await screen.process.wait() == 4
    assert ALTERNATE not in screen.written


async def test_without_the_extra_it_says_what_to_install(server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "textual.py").write_text('raise ModuleNotFoundError("it is not here", name="textual")\n')
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    async with terminal(server.address, PYTHONPATH=path) as screen:
        await screen.shows(b"andon: textual is missing; install it with: pip install 'andon-client[review]'")
        assert await screen.process.wait() == 2
