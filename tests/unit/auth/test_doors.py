"""Signed tokens and the token file through both doors: whom they let in, when that ends, and what the ledger says."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf.json_format import MessageToDict
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from structlog.testing import capture_logs

from andon.app import App, build
from andon.auth.authenticator import BearerAuthenticator
from andon.auth.signed import IdentityFile
from andon.auth.tokens import TokenFile, fingerprint
from andon.config import load
from andon.domain.canonical import canonical
from andon.domain.clock import SECOND
from andon_client._gen.andon.v1 import decision_service_pb2, review_service_pb2, session_service_pb2
from tests.clock import FakeClock
from tests.golden.harness import POLICIES, _read_once
from tests.unit.auth.issuing import NOW, Site, ec_key, public, site, token

OPAQUE = "andon_" + "A" * 43
TOKENS = f'- {{principal: rita, sha256: {fingerprint(OPAQUE)}, roles: [reviewer], queues: ["*"], expire_time: "%s"}}\n'
IDENTITY = """\
issuers:
  - issuer: %s
    audience: andon
    jwks_url: %s/keys
    map:
      - {claim: groups, value: refund-team, roles: [submitter, reviewer], queues: ["*"], actions: ["refund.*"]}
"""
DECISION = {"action": "refund.issue", "confidence": 0.5, "model": {"name": "m", "version": "1"}}


class Doors:
    """A running server, both ways to it, and those it trusts."""

    def __init__(self, app: App, issuer: Site, clock: FakeClock, folder: Path, stack: AsyncExitStack) -> None:
        self.app, self.issuer, self.clock, self.folder = app, issuer, clock, folder
        self.stack = stack
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{app.http_port}")
        self.channel = grpc.aio.insecure_channel(f"127.0.0.1:{app.port}")

    def signed(self, **others: Any) -> str:
        """A token by our issuer."""
        return token(**{"iss": self.issuer.url} | others)

    def write(self, name: str, text: str) -> None:
        fresh = self.folder / f"{name}.new"
        fresh.write_text(text)
        fresh.chmod(0o600)
        fresh.replace(self.folder / name)

    async def ask(self, door: str, method: str, bearer: str, body: dict[str, Any] | None = None) -> tuple[str, Any]:
        """The reason of a refusal with its details, or OK with the answer; through one of the doors."""
        headers = {"authorization": f"Bearer {bearer}"}
        if door == "http":
            answer = await self.http.post(f"/andon.v1.{method}", json=body or {}, headers=headers)
            found = answer.json()
            return (_info(found["details"][0]["value"]), found) if answer.status_code != 200 else ("OK", found)
        service, name = method.split("/")
        request = {"GetSession": session_service_pb2.GetSessionRequest, "Review": review_service_pb2.ReviewRequest}.get(
            name, decision_service_pb2.SubmitRequest
        )(**body or {})
        call = self.channel.unary_unary(f"/andon.v1.{service}/{name}", type(request).SerializeToString, _READ[name])
        try:
            return "OK", MessageToDict(await call(request, metadata=tuple(headers.items())))
        except grpc.aio.AioRpcError as error:
            return _reason(error)

    async def access(self) -> list[Any]:
        """Bodies of the ledger's entries about who may call."""
        return [entry.body for entry in await self.app.context.store.ledger(0, 1_000) if entry.kind == "access.changed"]


_READ: dict[str, Callable[[bytes], Any]] = {
    "GetSession": session_service_pb2.GetSessionResponse.FromString,
    "Submit": decision_service_pb2.SubmitResponse.FromString,
    "Review": review_service_pb2.ReviewResponse.FromString,
}


async def _read_all(stream: Any) -> None:
    while await stream.read() is not grpc.aio.EOF:
        pass


def _info(value: str) -> str:
    return str(ErrorInfo.FromString(base64.b64decode(value + "==")).reason)


def _reason(error: grpc.aio.AioRpcError) -> tuple[str, Status]:
    (blob,) = (value for key, value in error.trailing_metadata() or () if key == "grpc-status-details-bin")
    status, info = Status.FromString(blob), ErrorInfo()
    status.details[0].Unpack(info)
    return info.reason, status


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[Doors]:
    clock = FakeClock()
    async with AsyncExitStack() as stack:
        issuer = await stack.enter_async_context(site())
        issuer.publish(public(ec_key(), kid="one"))
        for name, text in (("tokens.yaml", TOKENS % "2999-01-31"), ("identity.yaml", IDENTITY % ((issuer.url,) * 2))):
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(0o600)
        places = {"store": "andon.db", "tokens": "tokens.yaml", "identity": "identity.yaml"}
        ours = {key: str(tmp_path / name) for key, name in places.items()} | {"policies": str(POLICIES)}
        settings = load(ours | {"listen": "127.0.0.1:0", "http_listen": "127.0.0.1:0"}, {})
        tokens, vouched = (
            TokenFile.load(tmp_path / "tokens.yaml", clock),
            IdentityFile(tmp_path / "identity.yaml", clock),
        )
        both = BearerAuthenticator(tokens, vouched)
        stack.enter_context(_read_once())
        serving = build(settings, both, clock=clock, tokens=tokens, vouched=vouched, duties=False)
        made = Doors(await stack.enter_async_context(serving), issuer, clock, tmp_path, stack)
        await stack.enter_async_context(made.http)
        stack.push_async_callback(made.channel.close)
        yield made


@pytest.mark.parametrize("door", ["grpc", "http"])
async def test_a_signed_token_opens_the_door_once_its_keys_are_here(doors: Doors, door: str) -> None:
    reason, found = await doors.ask(door, "SessionService/GetSession", doors.signed())
    assert reason == "OK"
    session = found["session"]
    assert (session["principal"], session["roles"]) == ("anna", ["reviewer", "submitter"])
    assert (session["actions"], session["expireTime"]) == (["refund.*"], "2026-09-21T14:23:20Z")
    assert doors.issuer.asked == ["/keys"]
    _, found = await doors.ask(door, "SessionService/GetSession", OPAQUE)
    assert (found["session"]["principal"], found["session"]["expireTime"]) == ("rita", "2999-01-31T00:00:00Z")


@pytest.mark.parametrize("door", ["grpc", "http"])
async def test_a_token_that_is_not_good_is_refused_with_the_same_word(doors: Doors, door: str) -> None:
    bad = [
        doors.signed(aud="elsewhere"),
        doors.signed(iss="https://evil.example.com"),
        doors.signed(exp=NOW - 1),
        doors.signed(nbf=NOW + 600),
        doors.signed(groups=None),
        doors.signed(key=ec_key(9)),
        "andon_" + "B" * 43,
    ]
    with capture_logs() as logged:
        for text in bad:
            reason, found = await doors.ask(door, "SessionService/GetSession", text)
            assert reason == "CREDENTIALS_INVALID"
            assert text not in str(found)
    metrics = (await doors.http.get("/metrics")).text
    assert [line["why"] for line in logged if line["event"] == "signed token not taken"][:2] == [
        "another audience",
        "no issuer that is known",
    ]
    for secret in (*bad, *(part for text in bad for part in text.split(".")[1:])):
        assert secret not in str(logged)
        assert secret not in metrics


@pytest.mark.parametrize("door", ["grpc", "http"])
async def test_an_issuer_that_is_down_is_a_reason_to_try_again(doors: Doors, door: str) -> None:
    doors.issuer.answers["/keys"] = (500, b"")
    reason, found = await doors.ask(door, "SessionService/GetSession", doors.signed())
    assert reason == "ISSUER_UNAVAILABLE"
    if door == "grpc":
        retry = RetryInfo()
        assert any(detail.Unpack(retry) for detail in found.details)
        assert retry.retry_delay.seconds == 1
    else:
        assert found["code"] == "unavailable"


@pytest.mark.parametrize("door", ["grpc", "http"])
async def test_an_actor_submits_for_its_subject_and_judges_nothing(doors: Doors, door: str) -> None:
    robot = doors.signed(act={"sub": "robot"})
    _, found = await doors.ask(door, "SessionService/GetSession", robot)
    assert (found["session"]["principal"], found["session"]["onBehalfOf"]) == ("robot", "anna")
    reason, found = await doors.ask(door, "DecisionService/Submit", robot, {"decision": DECISION})
    assert reason == "OK"
    assert (found["decision"]["submitter"], found["decision"]["onBehalfOf"]) == ("robot", "anna")
    for named, expected in (("anna", "OK"), ("bert", "FIELD_INVALID")):
        body = {"decision": DECISION | {"on_behalf_of": named}}
        assert (await doors.ask(door, "DecisionService/Submit", robot, body))[0] == expected
    task = f"tasks/{'0' * 8}-0000-7000-8000-{'0' * 12}"
    verdict: dict[str, Any] = {"name": task, "lease_token": "x" * 22, "payload_hash": "0" * 64, "verdict": 1}
    assert (await doors.ask(door, "ReviewService/Review", robot, verdict))[0] == "DELEGATED"


@pytest.mark.parametrize("door", ["grpc", "http"])
async def test_a_wait_ends_with_the_token(doors: Doors, door: str) -> None:
    body = {"decision": DECISION, "wait": {"seconds": 40} if door == "grpc" else "40s"}
    call = asyncio.create_task(doors.ask(door, "DecisionService/Submit", doors.signed(), body))
    async with asyncio.timeout(20):
        while not doors.app.context.waiters:  # noqa: ASYNC110  # the server tells nobody when it has come so far
            await asyncio.sleep(0)
    doors.clock.advance(600 * SECOND - 1)
    await doors.app.duties["access"].step()
    assert not call.done()
    doors.clock.advance(1)
    await doors.app.duties["access"].step()
    assert (await call)[0] == "CREDENTIALS_INVALID"


async def test_a_token_of_the_file_ends_when_it_says(doors: Doors) -> None:
    doors.write("tokens.yaml", TOKENS % "2026-09-21T14:14:00Z")
    await doors.app.duties["tokens"].step()
    assert (await doors.ask("grpc", "SessionService/GetSession", OPAQUE))[0] == "OK"
    stream = doors.channel.unary_stream(
        "/andon.v1.ReviewService/Stream",
        review_service_pb2.StreamRequest.SerializeToString,
        review_service_pb2.StreamResponse.FromString,
    )(review_service_pb2.StreamRequest(credits=1), metadata=(("authorization", f"Bearer {OPAQUE}"),))
    await stream.read()
    doors.clock.advance(60 * SECOND)
    await doors.app.duties["access"].step()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await _read_all(stream)
    assert _reason(caught.value)[0] == "CREDENTIALS_INVALID"
    assert (await doors.ask("http", "SessionService/GetSession", OPAQUE))[0] == "CREDENTIALS_INVALID"


async def test_the_ledger_says_who_may_call_and_every_change(doors: Doors) -> None:
    (first,) = await doors.access()
    rita, issuer = first["added"]
    assert rita["credential"] == f"token {fingerprint(OPAQUE)[:12]}"
    assert (rita["principal"], rita["roles"], rita["expire_time"]) == ("rita", ["reviewer"], "2999-01-31T00:00:00Z")
    assert issuer["credential"] == f"issuer {doors.issuer.url}"
    assert not first["removed"]
    doors.write("tokens.yaml", TOKENS.replace("rita", "rosa") % "2999-01-31")
    await doors.app.duties["tokens"].step()
    await doors.app.duties["tokens"].step()
    doors.write("identity.yaml", (IDENTITY % ((doors.issuer.url,) * 2)).replace("submitter, ", ""))
    await doors.app.duties["identity"].step()
    await doors.app.duties["access"].step()
    _, second, third = await doors.access()
    assert [(each["was"]["principal"], each["now"]["principal"]) for each in second["changed"]] == [("rita", "rosa")]
    assert third["changed"][0]["now"]["map"][0]["roles"] == ["reviewer"]
    text = canonical([first, second, third])
    assert fingerprint(OPAQUE) not in text
    assert OPAQUE not in text


async def test_a_file_that_is_not_in_force_is_told_by_health(doors: Doors) -> None:
    assert (await doors.http.get("/healthz")).json()["status"] == "ok"
    doors.write("identity.yaml", "issuers: 7")
    await doors.app.duties["identity"].step()
    told = (await doors.http.get("/healthz")).json()
    assert told["status"] == "degraded"
    assert told["identity"] == {"fault": "not in force; the log says why"}
    doors.write("tokens.yaml", "7")
    await doors.app.duties["tokens"].step()
    assert (await doors.http.get("/healthz")).json()["tokens"] == {"fault": "not in force; the log says why"}
    assert (await doors.ask("http", "SessionService/GetSession", doors.signed()))[0] == "OK"
    assert len(await doors.access()) == 1


async def test_credentials_are_counted_by_kind_and_result(doors: Doors) -> None:
    await doors.ask("grpc", "SessionService/GetSession", doors.signed())
    await doors.ask("http", "SessionService/GetSession", OPAQUE)
    await doors.ask("http", "SessionService/GetSession", "andon_" + "B" * 43)
    await doors.ask("grpc", "SessionService/GetSession", "x.y.z")
    text = (await doors.http.get("/metrics")).text
    for method, result in (
        ("jwt", "OK"),
        ("token", "OK"),
        ("token", "CREDENTIALS_INVALID"),
        ("jwt", "CREDENTIALS_INVALID"),
    ):
        assert f'andon_authentications_total{{method="{method}",result="{result}"}} 1.0' in text
