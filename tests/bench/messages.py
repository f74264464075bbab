"""What is sent and what the server is set up with: one proposal, two policies, tokens."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from andon_client._gen.andon.v1 import decision_pb2, decision_service_pb2, review_service_pb2, task_pb2

SUBMIT: Final = "/andon.v1.DecisionService/Submit"
BATCH: Final = "/andon.v1.DecisionService/BatchSubmit"
STREAM: Final = "/andon.v1.ReviewService/Stream"
REVIEW: Final = "/andon.v1.ReviewService/Review"
PASSES: Final = "payment.send"
HELD: Final = "credit.grant"
TWENTY: Final = "order.ship"
QUEUE: Final = "bench"


def decision(action: str, number: int = 0) -> decision_pb2.Decision:
    """A proposal of the usual size, about half a KiB. Under `PASSES` no rule holds it, under `HELD` one does."""
    made = decision_pb2.Decision(action=action, confidence=0.95, reasoning="A known customer, and a small sum.")
    made.input.update({f"field_{index}": f"value {index} of {number}" for index in range(8)})
    made.input.update({"age_days": 412, "returns": 1, "country": "NL"})
    made.prediction.update({"approve": True, "amount": 12.5})
    made.model.name, made.model.version = "risk", "2026-08"
    made.attributes.amount.value = 12.5
    made.attributes.currency, made.attributes.subject = "EUR", f"customer-{number % 1000}"
    return made


def submit(action: str, wait: int = 0, number: int = 0) -> bytes:
    """A SubmitRequest, ready to be sent. `wait` is in seconds."""
    request = decision_service_pb2.SubmitRequest(decision=decision(action, number))
    if wait:
        request.wait.seconds = wait
    return request.SerializeToString()


def batch(action: str, size: int) -> bytes:
    """A BatchSubmitRequest of `size` decisions."""
    items = [decision_service_pb2.SubmitRequest(decision=decision(action, number)) for number in range(size)]
    return decision_service_pb2.BatchSubmitRequest(requests=items).SerializeToString()


def stream(credits: int = 1) -> bytes:
    """A StreamRequest that leases."""
    return review_service_pb2.StreamRequest(credits=credits).SerializeToString()


def approval(task: task_pb2.Task) -> bytes:
    """A ReviewRequest that approves a leased task."""
    return review_service_pb2.ReviewRequest(
        name=task.name,
        lease_token=task.lease.token,
        payload_hash=task.decision.payload_hash,
        verdict=task_pb2.VERDICT_APPROVE,
    ).SerializeToString()


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    """The metadata of a caller."""
    return (("authorization", f"Bearer {token}"),)


def write_tokens(path: Path, reviewers: int) -> dict[str, str]:
    """Writes a token file and returns the plain tokens by principal."""
    people: dict[str, Mapping[str, Any]] = {"service": {"roles": ["submitter"]}}
    for number in range(reviewers):
        people[f"reviewer-{number}"] = {"roles": ["reviewer"], "skills": ["*"], "queues": ["*"]}
    tokens = {name: f"andon_{secrets.token_urlsafe(32)}" for name in people}
    entries = [
        {"principal": name, "sha256": hashlib.sha256(tokens[name].encode()).hexdigest(), **person}
        for name, person in people.items()
    ]
    path.touch(mode=0o600)
    path.write_text(json.dumps(entries, indent=1), "utf-8")  # JSON is YAML
    return tokens


def write_policies(folder: Path) -> None:
    """Writes the policies of the benchmark: one of five rules that pass, one that holds, one of twenty rules."""
    folder.mkdir(exist_ok=True)
    for name, content in (("passes", _passes()), ("held", _held()), ("twenty", _twenty())):
        (folder / f"{name}.yaml").write_text(json.dumps(content), "utf-8")


def _passes() -> dict[str, Any]:
    """As the policies that come with the server, without their random sample."""
    conditions = {
        "large": "decision.attributes.amount > 50.0 || decision.attributes.high_value",
        "irreversible": "decision.attributes.irreversible",
        "anomalous": "decision.attributes.anomalous",
        "regulated": "decision.attributes.regulated",
        "unknown-currency": "!(decision.attributes.currency in ['EUR', 'USD', 'GBP'])",
    }
    return _policy("passes", PASSES, conditions) | {"confidence": {"threshold": 0.85}}


def _held() -> dict[str, Any]:
    return _policy("held", HELD, {"always": "true"})


def _twenty() -> dict[str, Any]:
    """Twenty conditions of different kinds, none of which holds for `decision`, so that all are looked at."""
    attributes = "decision.attributes"
    conditions = {
        **{f"above-{100 * step}": f"{attributes}.amount > {100.0 * step}" for step in range(1, 6)},
        **{flag.replace("_", "-"): f"{attributes}.{flag}" for flag in ("irreversible", "anomalous", "regulated")},
        **{f"word-{word}": f"decision.reasoning.contains('{word}')" for word in ("fraud", "legal", "minor", "threat")},
        **{f"from-{country.lower()}": f"decision.input.country == '{country}'" for country in ("KP", "IR", "SY")},
        "currency": f"!({attributes}.currency in ['EUR', 'USD', 'GBP'])",
        "old-model": "decision.model.version < '2026-01'",
        "many-returns": "decision.input.returns > 5.0",
        "amount-differs": f"decision.prediction.amount > {attributes}.amount * 1.5",
        "test-subject": f"{attributes}.subject.startsWith('test-')",
    }
    return _policy("twenty", TWENTY, conditions)


def _policy(name: str, action: str, conditions: Mapping[str, str]) -> dict[str, Any]:
    rules = [{"id": id, "when": when, "route": "review", "reason": id} for id, when in conditions.items()]
    return {"policy": name, "actions": [action], "queue": QUEUE, "defaults": {"deadline": "1d"}, "rules": rules}
