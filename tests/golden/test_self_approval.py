"""Nobody approves what is theirs by other credentials: what counts is the name, whatever it was told by."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import pytest
from google.protobuf import json_format

from andon.auth.authenticator import Peer
from andon.domain.principal import Principal, Role
from andon_client._gen.andon.v1 import decision_service_pb2, task_pb2
from tests.golden.harness import token_of
from tests.golden.test_eligibility import Ground, Office, opened
from tests.golden.transport import Outgoing

# The same person by several credentials, and a service that acts for her by its own.
CREDENTIALS: Final[Mapping[str, Principal]] = {
    **{
        kind: Principal(
            "rita",
            frozenset({Role.SUBMITTER, Role.REVIEWER}),
            skills=frozenset({"*"}),
            queues=frozenset({"*"}),
            credential=kind,
        )
        for kind in ("token", "jwt", "certificate")
    },
    "deputy": Principal(
        "bot",
        frozenset({Role.SUBMITTER, Role.REVIEWER}),
        skills=frozenset({"*"}),
        queues=frozenset({"*"}),
        on_behalf_of="rita",
    ),
    "lena": Principal("lena", frozenset({Role.LEAD}), skills=frozenset({"*"}), queues=frozenset({"*"})),
}


class KnownBy:
    """Tells principals by who sends the token of a test's caller, whatever the credentials are."""

    def __init__(self, tokens: object) -> None:
        self._known = {f"Bearer {token_of(name)}": principal for name, principal in CREDENTIALS.items()}

    def authenticate(self, metadata: Mapping[str, str], peer: Peer | None = None) -> Principal:
        return self._known[metadata["authorization"]]

    def current(self, principal: Principal) -> Principal | None:
        return principal


@pytest.fixture
async def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """An office that knows its callers by CREDENTIALS."""
    monkeypatch.setattr("tests.golden.harness.BearerAuthenticator", KnownBy)
    async with opened(tmp_path) as office:
        yield office


@pytest.mark.parametrize("reviewing", ["token", "jwt", "certificate"])
@pytest.mark.parametrize("submitting", ["token", "jwt", "certificate"])
async def test_another_credential_of_the_submitter_is_the_submitter(
    known: Office, submitting: str, reviewing: str
) -> None:
    await known.submit(Ground("", submitter=submitting))
    await _nobody_but_lena(known, reviewing, "SELF_REVIEW")


@pytest.mark.parametrize("reviewing", ["token", "jwt", "certificate"])
async def test_whom_the_credentials_act_for_is_kept_from_it(known: Office, reviewing: str) -> None:
    await known.submit(Ground("", submitter="deputy"))
    task = await _nobody_but_lena(known, reviewing, "CONFLICT_OF_INTEREST")
    assert (task.decision.submitter, task.decision.on_behalf_of) == ("bot", "rita")


async def test_credentials_that_act_for_somebody_submit_for_nobody_else(known: Office) -> None:
    decision = {"action": "loan.grant", "confidence": 0.5, "on_behalf_of": "lena"}
    request = json_format.ParseDict({"decision": decision}, decision_service_pb2.SubmitRequest())
    before = await known.server.state()
    assert (await known.ask("deputy", "Submit", request))[0] == "FIELD_INVALID"
    assert await known.server.state() == before


async def test_credentials_that_act_for_somebody_come_to_no_verdict(known: Office) -> None:
    await known.submit(Ground("", submitter="token"))
    stream = Outgoing("/andon.v1.ReviewService/Stream", b"", known.server.credentials("deputy"))
    answer = await known.transport.stream(stream).end()
    assert answer.code == "PERMISSION_DENIED"
    task = await known.handed_out("lena")
    assert task is not None
    before = await known.server.state()
    assert (await known.judge("deputy", task))[0] == "DELEGATED"
    assert (await known.renew("deputy", task))[0] == "LEASE_LOST"
    assert await known.server.state() == before


async def _nobody_but_lena(known: Office, reviewing: str, reason: str) -> task_pb2.Task:
    """Who may not judge is handed nothing, and comes no further with another's lease."""
    before = await known.server.state()
    assert await known.handed_out(reviewing) is None
    assert await known.server.state() == before
    task = await known.handed_out("lena")
    assert task is not None
    before = await known.server.state()
    assert (await known.judge(reviewing, task))[0] == reason
    assert (await known.renew(reviewing, task))[0] == "LEASE_LOST"
    assert await known.server.state() == before
    assert await known.judge("lena", task) == ("", {})
    return task
