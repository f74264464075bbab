"""What a policy keeps from people reaches them by no door: every RPC that could tell of a decision is asked for it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import structlog
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.message_factory import GetMessageClass

from andon.notify.events import EVENTS, Filter
from andon.notify.sending import Sent
from andon.notify.subscriptions import Notifications, People, Webhook
from andon.notify.webhooks import WebhookSender
from andon.store.outbox import DeliveryQuery
from andon.telemetry.logs import configure
from andon.workers.notify import Notify
from tests.golden.harness import ALL, Server, serving
from tests.golden.test_roles import rpcs
from tests.golden.test_transports import TRANSPORTS
from tests.golden.transport import Answer, Outgoing, Transport
from tests.unit.notify.desk import Mail, Results
from tests.unit.notify.receiver import SECRET, receiver

CANARY: Final = "CANARY"
"""Begins every value that is kept from everybody but its submitter."""
LEADS: Final = "FORLEADS"
"""Begins what leads alone are shown."""
POLICY: Final = """
policy: kept
actions: [kept.*]
queue: kept
defaults: {deadline: 100m, more_time: {by: 50m, times: 1}, on_deadline: {escalate: {queue: kept, deadline: 30m}}}
correction_schema:
  type: object
  required: [amount]
  if: {properties: {amount: {const: 1}}}
  then: {properties: {iban: {maxLength: 30}}}
presentation: {effect: "Pay {prediction.amount} to {input.name}"}
appeals: {levels: 1, queue: kept, deadline: 2h, within: 10d}
sensitive:
  input.name: [lead]
  input.bank: []
  prediction.iban: []
  prediction.notes: []
  reasoning: []
  attributes.subject: []
  attributes.extra.who: []
  attributes.extra.branch: [lead]
rules:
  - {id: always, when: "true", route: review, reason: Always}
"""
SECRETS: Final = ("input", "prediction", "member", "reasoning", "subject")
"""What follows the canary in what words are looked for in. Free attributes are not searched."""
DECISION: Final[dict[str, Any]] = {
    "action": "kept.payout",
    "input": {"name": f"{LEADS}-name", "bank": {"ibans": [{"iban": f"{CANARY}-input"}]}},
    "prediction": {"amount": 20, "iban": f"{CANARY}-prediction-{'x' * 40}", "notes": {f"{CANARY}-member": 1}},
    "confidence": 0.9,
    "reasoning": f"He is {CANARY}-reasoning",
    "attributes": {"subject": f"{CANARY}-subject", "extra": {"who": f"{CANARY}-extra", "branch": f"{LEADS}-x"}},
}
CORRECTION: Final = {"amount": 9, "iban": "[masked]", "notes": "[masked]"}
TOLD: Final = frozenset(f"andon.v1.{name}" for name in ("Decision", "Task", "Review", "Sample", "DecisionEvent"))
READERS: Final = ("lead", "reviewer", "auditor", "admin")
"""Who is shown more comes first: nobody is given what was made for another."""
DECISIONS: Final = "andon.v1.DecisionService"
REVIEWS: Final = "andon.v1.ReviewService"
# Requests of every RPC whose answer could tell of a decision, about the decision $name and its task $task. What has
# none here needs a lease, or changes a decision, and has a step of its own.
READS: Final[dict[str, Sequence[dict[str, Any]]]] = {
    f"{DECISIONS}/Wait": [{"name": "$name", "wait": "0s"}, {"name": "$name", "wait": "0s", "level": 1}],
    f"{DECISIONS}/GetDecision": [{"name": "$name"}, {"name": "$name", "view": "DECISION_VIEW_BASIC"}],
    f"{DECISIONS}/ListDecisions": [
        {},
        {"view": "DECISION_VIEW_FULL"},
        {"view": "DECISION_VIEW_FULL", "page_size": 1},
        *({"filter": {"text": f"{CANARY}-{each}"}} for each in SECRETS),
        {"filter": {"subject": f"{CANARY}-subject"}},
    ],
    f"{DECISIONS}/ListDecisionEvents": [{"name": "$name"}],
    "andon.v1.FeedbackService/ListSamples": [{}, {"action": "kept.payout"}],
    f"{REVIEWS}/GetTask": [{"name": "$task"}],
    f"{REVIEWS}/ListEarlierDecisions": [{"name": "$task"}],
    f"{REVIEWS}/ListTasks": [{}, {"view": "DECISION_VIEW_FULL"}],
}
CHANGES: Final = frozenset(
    {f"{DECISIONS}/{name}" for name in ("Submit", "BatchSubmit", "CancelDecision", "AmendDecision", "AppealDecision")}
    | {f"{REVIEWS}/{name}" for name in ("Stream", "Review", "ReleaseTask", "EscalateTask", "ExtendDeadline")}
)


def holds(message: Descriptor, known: frozenset[str] = frozenset()) -> bool:
    """Whether a message can tell of a decision, in whatever depth."""
    if message.full_name in TOLD:
        return True
    inner = (field.message_type for field in message.fields if field.message_type is not None)
    return message.full_name not in known and any(holds(each, known | {message.full_name}) for each in inner)


RPCS: Final = {f"{rpc.containing_service.full_name}/{rpc.name}": rpc for rpc in rpcs()}


def test_no_rpc_is_forgotten() -> None:
    assert READS.keys() | CHANGES == {path for path, rpc in RPCS.items() if holds(rpc.output_type)}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that the server writes."""
    root = logging.getLogger()
    before, out = list(root.handlers), io.StringIO()
    configure("json", "debug", out)
    yield out
    structlog.reset_defaults()
    root.handlers[:] = before


class Walk:
    """Calls over one transport. Every answer is looked through for what is kept from the caller."""

    def __init__(self, server: Server, transport: Transport) -> None:
        self.server: Final = server
        self.answered: set[tuple[str, str]] = set()
        self._transport = transport

    async def call(self, caller: str, path: str, **request: Any) -> Any:
        """The answer as a dict, empty for a refusal."""
        answer = await self._transport.unary(self._outgoing(caller, path, request))
        self._check(caller, path, answer)
        if answer.code != "OK":
            return {}
        self.answered.add((caller, path))
        return self._parsed(path, answer.body)

    async def refused(self, caller: str, path: str, reason: str, **request: Any) -> None:
        """The call is refused for this reason."""
        answer = await self._transport.unary(self._outgoing(caller, path, request))
        self._check(caller, path, answer)
        assert reason in str(answer.status), answer

    async def stream(self, caller: str, until: str, **request: Any) -> list[Any]:
        """What a stream tells up to and with the first event of this type."""
        path = f"{REVIEWS}/Stream"
        flow = self._transport.stream(self._outgoing(caller, path, request))
        events: list[Any] = []
        while not events or events[-1]["type"] != f"STREAM_EVENT_TYPE_{until}":
            body = await flow.read()
            assert body is not None, await flow.end()
            self._check(caller, path, Answer("OK", body))
            events.append(self._parsed(path, body))
        self.answered.add((caller, path))
        await self.server.without_stream(flow.cancel)
        return events

    def _outgoing(self, caller: str, path: str, request: dict[str, Any]) -> Outgoing:
        text = json.dumps(request)
        body = json_format.Parse(text, GetMessageClass(RPCS[path].input_type)()).SerializeToString()
        return Outgoing(f"/{path}", body, self.server.credentials(caller), text)

    @staticmethod
    def _parsed(path: str, body: bytes) -> Any:
        message = GetMessageClass(RPCS[path].output_type).FromString(body)
        return json_format.MessageToDict(message, preserving_proto_field_name=True)

    @staticmethod
    def _check(caller: str, path: str, answer: Answer) -> None:
        said = answer.body + answer.text.encode() + (answer.status.SerializeToString() if answer.status else b"")
        kept = {"submitter": (), "lead": (CANARY,)}.get(caller, (CANARY, LEADS))
        for word in kept:
            assert word.encode() not in said, (caller, path, said[max(0, said.find(word.encode()) - 80) :][:200])

    async def submitted(self) -> Any:
        """A new decision."""
        return (await self.call("submitter", f"{DECISIONS}/Submit", decision=DECISION))["decision"]

    async def leased(self, caller: str) -> Any:
        """A new decision's task in a lease of the caller's; nothing else waits."""
        await self.submitted()
        events = await self.stream(caller, "LEASED", credits=1)
        return events[-1]["task"]

    async def read_all(self, caller: str, decision: Any) -> None:
        """Asks by every door that changes nothing."""
        filled = {"$name": decision["name"], "$task": decision["task"]}
        for path, requests in READS.items():
            for request in requests:
                await self.call(caller, path, **{key: filled.get(str(value), value) for key, value in request.items()})
        for view in ("DECISION_VIEW_BASIC", "DECISION_VIEW_FULL"):
            await self.stream(caller, "SYNCED", mode="STREAM_MODE_WATCH", view=view)

    async def corrected(self, caller: str) -> Any:
        """Judges a new decision; what is kept stays as it was, also where its giver would know it."""
        task = await self.leased(caller)
        given = {"name": task["name"], "lease_token": task["lease"]["token"], "verdict": "VERDICT_CORRECT"}
        given["payload_hash"] = task["decision"]["payload_hash"]
        quoted = {**CORRECTION, "amount": 1}
        guessed = {**CORRECTION, "iban": DECISION["prediction"]["iban"], "notes": {"new": 2}}
        for wrong in (quoted, guessed):
            await self.refused(caller, f"{REVIEWS}/Review", "CORRECTION_INVALID", **given, corrected_prediction=wrong)
        shown = {"digest": "0" * 64, "opened": [f"prediction.notes.{CANARY}-member", f"input.bank.{CANARY}"]}
        answer = await self.call(caller, f"{REVIEWS}/Review", **given, corrected_prediction=CORRECTION, shown=shown)
        assert answer["decision"]["resolution"]["corrected_prediction"]["iban"] == "[masked]"
        return answer["decision"]

    async def handed_back(self, caller: str) -> None:
        """Has more time given, escalates, and hands back."""
        for path, more in (("ExtendDeadline", True), ("EscalateTask", False), ("ReleaseTask", False)):
            task = await self.leased(caller)
            given = {"name": task["name"], "lease_token": task["lease"]["token"], "comment": "no"}
            await self.call(caller, f"{REVIEWS}/{path}", **given)
            if more:
                await self.call(caller, f"{REVIEWS}/ReleaseTask", **given)
            await self.call("admin", f"{DECISIONS}/CancelDecision", name=task["decision"]["name"])

    async def amended(self) -> None:
        """Amends one and submits another in its place."""
        one = await self.submitted()
        given = {"name": one["name"], "decision": {**DECISION, "confidence": 0.8}, "payload_hash": one["payload_hash"]}
        await self.call("submitter", f"{DECISIONS}/AmendDecision", **given)
        for caller in READERS:
            await self.read_all(caller, one)
        await self.call("submitter", f"{DECISIONS}/Submit", decision=DECISION, supersedes=one["name"])
        two = await self.call("submitter", f"{DECISIONS}/BatchSubmit", requests=[{"decision": DECISION}])
        assert len(two["results"]) == 1


@pytest.fixture(params=["grpc", "connect-json"])
async def walk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Walk]:
    async with serving(tmp_path, {"policies": "own"}) as server:
        await server.rule({"kept.yaml": POLICY})
        async with TRANSPORTS[request.param](server) as transport:
            yield Walk(server, transport)


async def test_nobody_is_told_by_any_door(log: io.StringIO, walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with receiver() as service:
        wanted, mail, context = Filter(frozenset(EVENTS)), Mail(), walk.server.app.context
        hook = Webhook("hook", wanted, url=service.url, secrets=(SECRET,))
        told = Notifications((hook,), (People("people", wanted, urls=("json://localhost",)),))
        worker = Notify(
            context,
            lambda: told,
            Results(),
            public_url="https://andon.example.com",
            webhooks=WebhookSender(20.0),
            people=mail,  # type: ignore[arg-type]  # it has the one method that is called
            draw=lambda: 0.5,
        )
        await worker.step()
        await _live(walk)
        while await worker.step():
            pass
        await worker.idle()
        assert len(service.got) > 20
        assert mail.sent
        said = str([got.body for got in service.got]) + str(mail.sent)
        said += str(await context.store.outbox.deliveries(DeliveryQuery(ALL)))
    async with httpx.AsyncClient(trust_env=False) as client:
        said += (await client.get(f"http://127.0.0.1:{walk.server.app.http_port}/metrics")).text
    said += log.getvalue()
    entries = await context.store.ledger(0, ALL)
    said += str([entry.body for entry in entries])
    said += str([entry.words for entry in entries if entry.kind != "review.given"])
    assert "refund" in said
    assert CANARY not in said
    assert LEADS not in said
    assert Sent() == mail.answer


async def _live(walk: Walk) -> None:
    """All that can happen to decisions, with everybody looking on."""
    for judge in ("reviewer", "lead"):
        decision = await walk.corrected(judge)
        for caller in READERS:
            await walk.read_all(caller, decision)
        await walk.handed_back(judge)
        await walk.call("submitter", f"{DECISIONS}/AppealDecision", name=decision["name"], comment="no")
        for caller in READERS:
            await walk.read_all(caller, decision)
        events = await walk.stream("reviewer2", "LEASED", credits=1, view="DECISION_VIEW_BASIC")
        task = events[-1]["task"]
        given = {"name": task["name"], "lease_token": task["lease"]["token"], "verdict": "VERDICT_CORRECT"}
        given["payload_hash"] = task["decision"]["payload_hash"]
        await walk.call("reviewer2", f"{REVIEWS}/Review", **given, corrected_prediction=CORRECTION, comment="no")
        for caller in READERS:
            await walk.read_all(caller, decision)
    await walk.amended()
    asked = {path for _, path in walk.answered}
    assert asked == READS.keys() | CHANGES


async def test_the_submitter_is_shown_all_and_a_lead_what_is_for_leads(walk: Walk) -> None:
    decision = await walk.corrected("reviewer")
    name = decision["name"]
    own = await walk.call("submitter", f"{DECISIONS}/GetDecision", name=name)
    assert own["decision"]["input"] == DECISION["input"]
    assert own["decision"]["reasoning"] == DECISION["reasoning"]
    assert own["decision"]["attributes"]["subject"] == f"{CANARY}-subject"
    assert own["decision"]["resolution"]["corrected_prediction"] == {**DECISION["prediction"], "amount": 9}
    assert "masked_fields" not in own["decision"]
    for each in SECRETS:
        found = await walk.call("submitter", f"{DECISIONS}/ListDecisions", filter={"text": f"{CANARY}-{each}"})
        assert [one["name"] for one in found["decisions"]] == [name], each
        assert await walk.call("auditor", f"{DECISIONS}/ListDecisions", filter={"text": f"{CANARY}-{each}"}) == {}
    lead = (await walk.call("lead", f"{DECISIONS}/GetDecision", name=name))["decision"]
    assert lead["input"] == {"name": f"{LEADS}-name", "bank": "[masked]"}
    assert "input.name" not in lead["masked_fields"]
    auditor = (await walk.call("auditor", f"{DECISIONS}/GetDecision", name=name))["decision"]
    assert auditor["input"] == {"name": "[masked]", "bank": "[masked]"}


async def test_who_is_shown_it_is_recorded_once_an_hour(walk: Walk) -> None:
    decision = await walk.submitted()
    for span in ("1m", "10m", "49m"):
        for caller in READERS:
            await walk.read_all(caller, decision)
        await walk.server.advance(span)
    for caller in READERS:
        await walk.read_all(caller, decision)
    entries = await walk.server.app.context.store.ledger(0, ALL)
    assert [(entry.actor, entry.decision_id) for entry in entries if entry.kind == "decision.read"] == [
        ("lead", decision["name"].partition("/")[2])
    ] * 2
