"""Refusals within a batch are told, as those of whole calls are."""

from __future__ import annotations

from typing import Any

from structlog.testing import capture_logs

from andon.domain.principal import Principal, Role
from andon.rpc.convert import ProposalReader
from andon.rpc.decisions import DecisionEndpoints
from andon.rpc.pipeline import Call
from andon_client._gen.andon.v1 import decision_service_pb2

METHOD = "/andon.v1.DecisionService/BatchSubmit"


async def test_every_refused_item_of_a_batch_is_counted_and_the_batch_logged() -> None:
    refused: list[tuple[str, str]] = []
    nobody: Any = None
    endpoints = DecisionEndpoints(
        nobody, nobody, nobody, ProposalReader(100, 32), lambda queue: None, lambda *words: refused.append(words)
    )
    request = decision_service_pb2.BatchSubmitRequest()
    request.requests.add()
    large = request.requests.add().decision
    large.action, large.confidence = "refund.issue", 0.5
    large.input.update({"text": "x" * 200})
    request.requests.add()
    call = Call({}, principal=Principal("svc", frozenset({Role.SUBMITTER})))
    with capture_logs() as lines:
        response = await endpoints.BatchSubmit(call, request)
    assert len(response.results) == 3
    assert refused == [(METHOD, "FIELD_INVALID"), (METHOD, "PAYLOAD_TOO_LARGE"), (METHOD, "FIELD_INVALID")]
    (line,) = lines
    assert (line["method"], line["principal"]) == (METHOD, "svc")
    assert line["reasons"] == {"FIELD_INVALID": 2, "PAYLOAD_TOO_LARGE": 1}
