"""Does what the README's blocks say, in their order, as a newcomer would in three terminals."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import os
import re
import shlex
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import CodeType
from typing import Any, Final
from urllib.request import Request, urlopen

from andon_client import Client
from tests.docs.markdown import ROOT, Block, Command, commands
from tests.ports import free_port

GRPC, HTTP = "50051", "8080"
READY: Final = "Stop with Ctrl-C."
PATIENCE: Final = 30.0
# One decision in fifty is in the packaged policy's random sample too, and says so.
SAMPLED: Final = re.compile(r"^  because .* \(training-sample\)\n", re.MULTILINE)


@dataclass
class Newcomer:
    """A folder, a server in it, the tokens it printed. `done` counts what was really run, by kind."""

    folder: Path
    ports: dict[str, str] = field(default_factory=lambda: {GRPC: str(free_port()), HTTP: str(free_port())})
    environment: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    refunds: list[object] = field(default_factory=list)
    server: asyncio.subprocess.Process | None = None
    asking: tuple[Command, asyncio.Task[str]] | None = None

    def __post_init__(self) -> None:
        launcher = self.folder / "bin" / "andon"
        launcher.parent.mkdir()
        launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m andon "$@"\n')
        launcher.chmod(0o755)
        plain = {key: value for key, value in os.environ.items() if not key.startswith("ANDON_")}
        path = f"{launcher.parent}{os.pathsep}{plain['PATH']}"
        self.environment = {**plain, "PATH": path, "ANDON_ADDRESS": self.ported(f"localhost:{GRPC}"), "NO_COLOR": "1"}

    def ported(self, text: str) -> str:
        """The text with this server's ports in the place of the defaults."""
        return text.replace(f":{GRPC}", f":{self.ports[GRPC]}").replace(f":{HTTP}", f":{self.ports[HTTP]}")

    async def follow(self, block: Block) -> None:
        """Does one block of the document."""
        if block.language == "console":
            for command in commands(block):
                await self.type(command)
        elif block.language == "python":
            await self.program(block.text)
        elif block.language == "yaml":
            (self.folder / "policies").mkdir()
            (self.folder / "policies" / "refunds.yaml").write_text(block.text, encoding="utf-8")

    async def type(self, command: Command) -> None:
        """Types one command and compares what it answers with what is shown."""
        words = command.text.split()
        kinds: dict[str, Callable[[Command], Awaitable[None]]] = {
            "make": self._make,
            "export": self._export,
            "curl": self._curl,
            "andon serve": self._serve,
            "andon review": self._review,
            "andon submit": self._ask,
        }
        kind = " ".join(words[:2]) if words[0] == "andon" else words[0]
        self.done.append(kind)
        await kinds.get(kind, self._run)(command)

    async def program(self, text: str) -> None:
        """Runs a Python snippet with `refund` as the service's own function, and judges what it asks."""
        self.done.append("python")
        source = self.ported(text).replace('"andon_…"', repr(self.tokens["submitter"]))
        code = compile(source, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        running = asyncio.create_task(_evaluated(code, {"refund": self.refunds.append}))
        await self.judge_for(running)

    async def judge(self) -> None:
        """What the reviewer does in the README: corrects the refund to 60."""
        address, token = self.environment["ANDON_ADDRESS"], self.tokens["reviewer"]
        async with Client(address, token=token) as client, client.reviewer().stream() as tasks:
            await (await anext(aiter(tasks))).correct({"amount": 60}, "half was used")

    async def judge_for(self, asking: asyncio.Task[Any]) -> None:
        """Judges one task for somebody who asks; fails at once where asking does."""
        judging = asyncio.create_task(self.judge())
        done, pending = await asyncio.wait({asking, judging}, timeout=PATIENCE, return_when=asyncio.FIRST_EXCEPTION)
        for task in pending:
            task.cancel()
        for task in done:
            task.result()
        assert not pending, "nobody was released"

    async def stop(self) -> None:
        """Ctrl-C. Fails where the server does not stop in order."""
        if self.server is not None and self.server.returncode is None:
            self.server.terminate()
            assert await self.server.wait() == 0

    async def kill(self) -> None:
        """The end, whatever has happened."""
        if self.server is not None and self.server.returncode is None:
            self.server.kill()
            await self.server.wait()

    async def _make(self, command: Command) -> None:
        makefile = (ROOT / "Makefile").read_text()
        assert re.search(rf"^{command.text.split()[1]}:", makefile, re.MULTILINE), command.text

    async def _export(self, command: Command) -> None:
        names = re.findall(r"ANDON_TOKEN_(\w+)=andon_…", command.text)
        self.environment |= {f"ANDON_TOKEN_{name}": self.tokens[name.lower()] for name in names}

    async def _serve(self, command: Command) -> None:
        await self.stop()
        ports = {
            "ANDON_LISTEN": f"127.0.0.1:{self.ports[GRPC]}",
            "ANDON_HTTP_LISTEN": f"127.0.0.1:{self.ports[HTTP]}",
        }
        with (self.folder / "server.log").open("ab") as log:
            self.server = await asyncio.create_subprocess_exec(
                "sh", "-c", f"exec {command.text}", cwd=self.folder, env=self.environment | ports,
                stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self.server.stdout is not None
        said: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while not said or READY not in said[-1]:
                line = (await self.server.stdout.readline()).decode()
                assert line, (self.folder / "server.log").read_text()
                said.append(line.rstrip("\n"))
        self.tokens |= {
            role.lower(): token
            for role, token in re.findall(r"^  export ANDON_TOKEN_(\w+)=(andon_\S+)$", "\n".join(said), re.MULTILINE)
        }
        self.compare(command, "\n".join(said))

    async def _ask(self, command: Command) -> None:
        assert "--wait" in command.text
        self.asking = command, asyncio.create_task(self._answer(command.text))

    async def _review(self, command: Command) -> None:
        assert self.asking is not None
        asked, answer = self.asking
        await self.judge_for(answer)
        self.compare(asked, answer.result())

    async def _run(self, command: Command) -> None:
        self.compare(command, await self._answer(command.text))

    async def _answer(self, text: str) -> str:
        process = await asyncio.create_subprocess_exec(
            "sh", "-c", text, cwd=self.folder, env=self.environment,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, errors = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode == 0, f"{text}\n{out.decode()}{errors.decode()}"
        return out.decode()

    async def _curl(self, command: Command) -> None:
        if "andon.v1" in command.text:
            return await self._call(command)
        asked = re.fullmatch(r"curl -s (\S+) \| grep (\S+)", command.text.partition("#")[0].strip())
        assert asked, command.text
        page = await asyncio.to_thread(_fetched, self.ported(f"http://{asked[1]}"))
        assert asked[2] in page

    async def _call(self, command: Command) -> None:
        """What curl would send, by the standard library: not every machine has curl."""
        words = shlex.split(self.ported(command.text.replace("\\\n", "")))
        options = list(pairwise(words))
        headers = dict(word.split(": ", 1) for flag, word in options if flag == "-H")
        for name, value in self.environment.items():
            headers["Authorization"] = headers["Authorization"].replace(f"${name}", value)
        body = next(word for flag, word in options if flag == "-d").encode()
        (address,) = (word for word in words if "andon.v1" in word)
        self.compare(command, await asyncio.to_thread(_fetched, Request(f"http://{address}", body, headers)))

    def compare(self, command: Command, said: str) -> None:
        """Fails where the answer is not what the document shows; a line of `…` may be many."""
        said = SAMPLED.sub("", said)
        if command.answer:
            lines = [re.escape(self.ported(line)).replace("…", ".*") for line in command.answer]
            pattern = "\n".join(r"(?:.*\n)*.*" if line.strip("\\ ") == ".*" else line for line in lines)
            assert re.fullmatch(pattern, said.rstrip("\n")), f"{command.text}\nanswers\n{said}\nnot\n" + "\n".join(
                command.answer
            )


async def _evaluated(code: CodeType, names: dict[str, object]) -> None:
    result = eval(code, names)
    if inspect.isawaitable(result):
        await result


def _fetched(address: str | Request) -> str:
    with urlopen(address, timeout=PATIENCE) as answer:
        text: str = answer.read().decode()
    return text


def samples(path: Path) -> list[dict[str, object]]:
    """The samples of an export."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
