"""A hold on a task is worth something to nobody but who has it, and only while it lasts.

Another's token and a guessed one: tests/golden/cases/verdicts.yaml; a lapsed one: time.yaml; the own decision:
auth.yaml, eligibility.yaml; a changed payload: changes.yaml; a receipt or a redemption used again: receipts.yaml.
Here: the token of a lease that the same person had before, and roads to the own decision by way of others.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.fuzz.oracle import refusals
from tests.golden.harness import Server
from tests.golden.harness import serving as _serving
from tests.golden.runner import Case, Runner
from tests.golden.test_transports import TRANSPORTS

HELD: Final[tuple[dict[str, Any], ...]] = (
    {"call": "DecisionService.Submit", "as": "submitter", "request": {"decision": {"$like": "unsure"}}},
    {"call": "ReviewService.Stream", "as": "reviewer", "stream": "desk"},
    {"read": "desk"},
    {
        "read": "desk",
        "save": {"task": "$.task.name", "old": "$.task.lease.token", "hash": "$.task.decision.payload_hash"},
    },
    {"call": "ReviewService.ReleaseTask", "as": "reviewer", "request": {"name": "${task}", "lease_token": "${old}"}},
    {"close": "desk"},
    {"advance": "10s"},
    {"call": "ReviewService.Stream", "as": "reviewer", "stream": "again"},
)
VERDICT: Final = {"payload_hash": "${hash}", "verdict": "VERDICT_APPROVE"}
CALLS: Final[Mapping[str, dict[str, Any]]] = {
    "RenewLease": {},
    "ReleaseTask": {},
    "EscalateTask": {},
    "ExtendDeadline": {"request_id": "more"},
    "Review": VERDICT,
}


def _step(call: str, caller: str, request: Mapping[str, Any], code: str, reason: str) -> dict[str, Any]:
    expect = {"code": code, "error": {"reason": reason}}
    return {"call": f"ReviewService.{call}", "as": caller, "request": dict(request), "expect": expect}


async def _run(server: Server, name: str, steps: list[dict[str, Any]]) -> None:
    async with TRANSPORTS[name](server) as transport:
        await Runner(server, transport).run(Case("an attack", steps))


@pytest.mark.parametrize("name", TRANSPORTS)
async def test_the_token_of_an_earlier_lease_is_worth_nothing(name: str, tmp_path: Path) -> None:
    stale = {"name": "${task}", "lease_token": "${old}"}
    tried = [_step(call, "reviewer", stale | more, "ABORTED", "LEASE_LOST") for call, more in CALLS.items()]
    async with _serving(tmp_path, {}) as server:
        before = refusals(server)
        await _run(server, name, [*HELD, *tried])
        assert refusals(server).get("LEASE_LOST", 0) == before.get("LEASE_LOST", 0) + len(tried)


@pytest.mark.parametrize("name", TRANSPORTS)
async def test_nobody_else_gets_a_hold_by_its_words(name: str, tmp_path: Path) -> None:
    """The token leaks, for example on a screen: colleagues, leads and services gain nothing by it."""
    leaked = {"name": "${task}", "lease_token": "${old}"}
    held = list(HELD[:4])
    others = [
        _step(call, caller, leaked | more, "ABORTED", "LEASE_LOST")
        for caller in ("reviewer2", "lead")
        for call, more in CALLS.items()
    ]
    nobodies = [
        _step(call, caller, leaked | more, "PERMISSION_DENIED", "ROLE_REQUIRED")
        for caller in ("submitter", "auditor", "admin")
        for call, more in CALLS.items()
    ]
    async with _serving(tmp_path, {}) as server:
        await _run(server, name, [*held, *others, *nobodies])
        counted = refusals(server)
        assert (counted["LEASE_LOST"], counted["ROLE_REQUIRED"]) == (len(others), len(nobodies))


@pytest.mark.parametrize("name", TRANSPORTS)
async def test_nobody_judges_what_was_done_for_them(name: str, tmp_path: Path) -> None:
    """A service that submits in somebody's name, in a batch or alone, does not make them fit to approve it."""
    named = {"decision": {"$like": "unsure", "on_behalf_of": "reviewer"}}
    own: list[dict[str, Any]] = [
        {
            "call": "DecisionService.Submit",
            "as": "submitter",
            "request": named,
            "save": {"one": "$.decision.task", "hash": "$.decision.payload_hash"},
        },
        {
            "call": "DecisionService.BatchSubmit",
            "as": "submitter",
            "request": {"requests": [named]},
            "save": {"two": "$.results[0].decision.task"},
        },
        {"call": "ReviewService.Stream", "as": "reviewer", "stream": "desk"},
        {"read": "desk", "expect": {"response": {"type": "STREAM_EVENT_TYPE_SYNCED"}}},
    ]
    tried = [
        {
            "call": "ReviewService.Review",
            "as": "reviewer",
            "request": {"name": task, "lease_token": "guess", **VERDICT},
            "expect": {"code": "PERMISSION_DENIED", "error": {"reason": "CONFLICT_OF_INTEREST"}},
        }
        for task in ("${one}", "${two}")
    ]
    async with _serving(tmp_path, {}) as server:
        await _run(server, name, [*own, *tried])
        entries = await server.app.context.store.ledger(0, 1_000)
        assert not [entry for entry in entries if entry.kind.startswith(("review.", "task.leased"))]
