"""Loans, of which a policy keeps much from whoever is no lead, and a server where they are judged."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from google.protobuf import json_format
from google.protobuf.message_factory import GetMessageClass

from tests.golden.harness import Server, serving
from tests.golden.runner import HEARTBEAT
from tests.golden.test_roles import rows
from tests.golden.test_transports import TRANSPORTS
from tests.golden.transport import Flow, Outgoing, Transport

CANARY: Final = "NO9386011117947"
NAME: Final = "Nonsuch"
"""The name of a member of what is kept, which is told no more than its values."""
MASK: Final = "[masked]"
LOANS: Final = """
policy: loans
actions: [loan.*]
queue: loans
sensitive:
  input.iban: [lead]
  input.lines.payee: [lead]
  input.people: [lead]
  prediction.account: [lead]
  reasoning: [lead]
  attributes.subject: [lead]
  attributes.extra.who: [lead]
defaults:
  deadline: 100m
  on_deadline: {escalate: {queue: senior, deadline: 30m}}
  more_time: {by: 50m, times: 1}
correction_schema: {type: object, maxProperties: 2}
presentation: {effect: "Pay {prediction.amount} to {input.iban}"}
appeals: {levels: 2, queue: appeals, deadline: 2h, within: 10d}
rules:
  - {id: every, when: "true", route: review, reason: All loans}
"""
LOAN: Final[Mapping[str, Any]] = {
    "action": "loan.grant",
    "input": {"iban": CANARY, "lines": [{"payee": CANARY, "sum": 3}, {"sum": 4}], "people": {NAME: [CANARY]}},
    "prediction": {"amount": 20, "account": {"number": CANARY, NAME: 1}},
    "confidence": 0.5,
    "reasoning": f"It goes to {CANARY}",
    "attributes": {"subject": CANARY, "extra": {"who": CANARY, "branch": "Oslo"}},
}
CORRECTION: Final = {"amount": 10, "account": {"number": CANARY, NAME: 2}}
LEFT: Final = {"amount": 5, "account": MASK}
MORE: Final = {name: f"roles: [{name[:-1]}], queues: ['*'], skills: ['*']" for name in ("lead2", "reviewer3")}
"""Who sees to it that there is something to tell."""


class Desk:
    """A server with the policy, reached over one transport."""

    def __init__(self, server: Server, transport: Transport) -> None:
        self.server: Final = server
        self.transport: Final = transport
        self.recorded = 0
        self._open: list[str] = []
        self._flows: list[Flow] = []

    async def call(self, caller: str, method: str, **request: Any) -> Any:
        """What somebody is answered."""
        answer = await self.transport.unary(self.outgoing(caller, method, request))
        assert answer.code == "OK", (caller, method, answer)
        return self.read(method, answer.body)

    def outgoing(self, caller: str, method: str, request: dict[str, Any]) -> Outgoing:
        """A call of somebody's. `method` is `ReviewService/GetTask`."""
        path = f"/andon.v1.{method}"
        body = json_format.ParseDict(request, GetMessageClass(rows()[path].input_type)()).SerializeToString()
        return Outgoing(path, body, self.server.credentials(caller), json.dumps(request))

    @staticmethod
    def read(method: str, body: bytes) -> Any:
        """The answer that these bytes are."""
        return GetMessageClass(rows()[f"/andon.v1.{method}"].output_type).FromString(body)

    async def event(self, caller: str, wanted: str, **request: Any) -> Any:
        """The first event of this type on a stream, which stays open."""
        method = "ReviewService/Stream"
        flow = self.transport.stream(self.outgoing(caller, method, request))
        self._flows.append(flow)
        while (body := await flow.read()) is not None:
            event = self.read(method, body)
            kind = event.DESCRIPTOR.fields_by_name["type"].enum_type.values_by_number[event.type].name
            assert kind != HEARTBEAT, f"no {wanted}"
            if kind == wanted:
                return event
        raise AssertionError(await flow.end())

    async def submitted(self, by: str = "submitter", **more: Any) -> Any:
        """A loan that is held."""
        decision = (await self.call(by, "DecisionService/Submit", decision={**LOAN, **more})).decision
        self.opened(decision.name)
        await self._mark()
        return decision

    def opened(self, name: str) -> str:
        """Takes note of a decision that is to be withdrawn again."""
        self._open.append(name)
        return name

    async def leased(self, caller: str) -> Any:
        """The task of a loan, in somebody's hands. There is no other."""
        task = (await self.event(caller, "STREAM_EVENT_TYPE_LEASED", credits=1)).task
        assert task.decision.name == self._open[-1]
        return task

    async def judged(self, caller: str, correction: Mapping[str, Any]) -> Any:
        """The answer to a correction of the task that there is."""
        task = await self.leased(caller)
        return await self.call(
            caller,
            "ReviewService/Review",
            **hand(task),
            payload_hash=task.decision.payload_hash,
            verdict="VERDICT_CORRECT",
            corrected_prediction=correction,
        )

    async def ended(self) -> Any:
        """A loan that a lead has corrected."""
        decision = await self.submitted()
        await self.judged("lead2", CORRECTION)
        await self.close()
        await self._mark()
        return decision

    async def contested(self) -> Any:
        """One that was corrected anew after an appeal, by a reviewer from whom the account is kept."""
        decision = await self.ended()
        await self.call("submitter", "DecisionService/AppealDecision", name=decision.name, comment="Less will do")
        await self.judged("reviewer2", LEFT)
        await self.close()
        await self._mark()
        return decision

    async def close(self) -> None:
        """Hangs up on all streams."""
        while self._flows:
            await self.server.without_stream(self._flows.pop().cancel)

    async def clear(self) -> None:
        """Nothing is open any more, and nobody is there."""
        await self.close()
        while self._open:
            request = {"name": self._open.pop()}
            await self.transport.unary(self.outgoing("admin", "DecisionService/CancelDecision", request))

    async def kinds(self, actor: str) -> set[str]:
        """What the ledger has of somebody since the case was prepared."""
        entries = await self.server.app.context.store.ledger(self.recorded, 100_000)
        return {entry.kind for entry in entries if entry.actor == actor}

    async def _mark(self) -> None:
        entries = await self.server.app.context.store.ledger(0, 100_000)
        self.recorded = entries[-1].sequence


def hand(task: Any) -> dict[str, str]:
    """By what its holder is known."""
    return {"name": task.name, "lease_token": task.lease.token}


@asynccontextmanager
async def desks(folder: Path, name: str) -> AsyncIterator[Desk]:
    """A desk that is reached over this transport."""
    async with serving(folder, {"policies": "own"}) as server, TRANSPORTS[name](server) as transport:
        await server.rule({"loans.yaml": LOANS})
        await server.permit(MORE)
        desk = Desk(server, transport)
        yield desk
        await desk.close()
