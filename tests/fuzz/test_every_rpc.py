"""Every RPC of the contract at both doors, with messages that are good, odd, broken, or none.

A try is a message made from the descriptors, filled with what a live server has said (names, tokens, hashes), in the
words of one door: gRPC, Connect (binary, JSON, GET), gRPC-Web. Whatever is sent, no answer is INTERNAL or UNKNOWN, or
tells of our insides; every refusal is counted; nothing is logged as a fault; the ledger's chain holds.

ANDON_LONG=1 tries 100,000 (ANDON_TRIES says how many) and prints how many of them each RPC had at each door.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

import httpx
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from andon.rpc.server import SERVICES
from tests.conftest import LONG
from tests.fuzz.attempts import attempt
from tests.fuzz.doors import DOORS, Doors, Told, Try, path_of
from tests.fuzz.grounds import Grounds, grounds
from tests.fuzz.oracle import check_whole, faults_in, refusals, uncounted, wrong_with

TRIES: Final = int(os.environ.get("ANDON_TRIES", "100000" if LONG else "3000"))
AT_ONCE: Final = 10
_REFRESHED: Final = 400
"""After so many tries what is known of the server is made anew."""
METHODS: Final = tuple(method for service in SERVICES for method in service.methods)


def _is_read(method: MethodDescriptor) -> bool:
    return bool(method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS)


PAIRS: Final = tuple((method, door) for method in METHODS for door in DOORS if door != "get" or _is_read(method))


class Fuzz:
    """Tries on one server, and what came of them."""

    def __init__(self, known: Grounds, doors: Doors) -> None:
        self._known = known
        self._doors = doors
        self._turn = count()
        self._tried = 0
        self.counted: Counter[tuple[str, str, str]] = Counter()

    async def check(self) -> None:
        """What was recorded is whole, and the server there for whoever comes next."""
        server = self._known.server
        await check_whole(server)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.app.http_port}", trust_env=False) as client:
            assert (await client.get("/readyz")).status_code == 200

    async def batch(self, random: Random) -> None:
        """AT_ONCE tries, each of the next RPC at the next door, all under way at once. AssertionError names one."""
        if self._tried and self._tried % _REFRESHED == 0:
            await self._known.server.advance("90s")
            await self._known.stock()
        pairs = [PAIRS[next(self._turn) % len(PAIRS)] for _ in range(AT_ONCE)]
        tries = [attempt(random, self._known, method, door) for method, door in pairs]
        before = refusals(self._known.server)
        answers = await asyncio.gather(*map(self._doors.send, tries))
        after = refusals(self._known.server)
        self._tried += AT_ONCE
        for tried, told in zip(tries, answers, strict=True):
            self._judge(tried, told)
        # What the library finds wrong with the query of a GET it says itself, before there is a call.
        ours = [told for tried, told in zip(tries, answers, strict=True) if told.reason or tried.door != "get"]
        assert not uncounted(before, after, ours), [(each.path, each.door) for each in tries]

    def _judge(self, tried: Try, told: Told) -> None:
        self.counted[tried.path, tried.door, told.reason or told.code] += 1
        wrong = wrong_with(told)
        sent = f"{tried.door} {tried.path} {tried.headers} {tried.kind} {tried.target} {tried.body[:2_000]!r}"
        assert not wrong, f"{sent}: {wrong}"
        if told.code == "OK" and tried.door != "connect-json":
            self._learn(tried, told)

    def _learn(self, tried: Try, told: Told) -> None:
        assert tried.method.input_type is not None
        assert tried.method.output_type is not None
        for body in told.messages[:3]:
            try:
                request = GetMessageClass(tried.method.input_type).FromString(tried.body)
                self._known.learn(GetMessageClass(tried.method.output_type).FromString(body), request)
            except DecodeError:  # packed, or in JSON
                continue


@asynccontextmanager
async def _fuzzing(folder: Path) -> AsyncIterator[Fuzz]:
    async with grounds(folder) as known:
        doors = Doors(known.server.app.port, known.server.app.http_port)
        fuzz = Fuzz(known, doors)
        try:
            yield fuzz
        finally:
            await doors.close()


def _report(counted: Counter[tuple[str, str, str]]) -> str:
    """How many tries each RPC had at each door, and how they ended."""
    rows: dict[str, Counter[str]] = {}
    ends: Counter[str] = Counter()
    for (path, door, end), number in counted.items():
        rows.setdefault(path, Counter())[door] += number
        ends[end] += number
    doors = ((path, (f" {door} {number:6}" for door, number in sorted(row.items()))) for path, row in rows.items())
    lines = [f"{path:50}{''.join(shares)}" for path, shares in doors]
    return "\n".join((*lines, f"{ends.total()} tries: {dict(ends.most_common())}"))


def test_whatever_is_sent_is_answered_or_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    faults: list[str] = []
    with capture_logs() as lines, asyncio.Runner() as runner:
        # What nobody waits for fails as well.
        runner.get_loop().set_exception_handler(lambda _, context: faults.append(str(context)))
        opened = _fuzzing(tmp_path)
        fuzz = runner.run(opened.__aenter__())

        @settings(max_examples=TRIES // AT_ONCE, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
        @given(st.randoms(use_true_random=True))
        def tries(random: Random) -> None:
            if faults:  # the server is no more what it was: nothing can be played again
                return
            try:
                runner.run(fuzz.batch(random))
                assert not faults_in(lines), faults_in(lines)
            except AssertionError as fault:
                faults.append(str(fault))
            lines.clear()

        try:
            tries()
            if LONG:
                with capfd.disabled():
                    print(f"\n{_report(fuzz.counted)}")
            assert not faults, faults[0]
            runner.run(fuzz.check())
        finally:
            runner.run(opened.__aexit__(None, None, None))
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "Traceback" not in "".join(capfd.readouterr()) + caplog.text
    assert {(path, door) for path, door, _ in fuzz.counted} == {(path_of(method), door) for method, door in PAIRS}
