"""JSON in and out: like the library's where that is right, in linear time, and in our words."""

from __future__ import annotations

import json
import time
from typing import Any, Final

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.status_pb2 import Status
from hypothesis import given, settings
from hypothesis import strategies as st

from andon.domain.errors import AndonError, FieldInvalid, PayloadTooDeep
from andon.rpc.server import SERVICES
from andon.web.reading import MAX_VALUES, read_message
from andon.web.writing import write_message
from andon_client._gen.andon.v1 import (
    decision_service_pb2,
    feedback_service_pb2,
    review_service_pb2,
)

Submit = decision_service_pb2.SubmitRequest
Batch = decision_service_pb2.BatchSubmitRequest
Review = review_service_pb2.ReviewRequest
METHODS: Final = [method for service in SERVICES for method in service.methods]
QUICK: Final = 2.0
"""Far more than what is linear takes (s), and far less than what is not."""


def fault(request: type[Message], body: object) -> tuple[str, str]:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    refused = read_message(request, sent)
    assert isinstance(refused, FieldInvalid), refused
    return refused.faults[0].path, refused.faults[0].description


def read(request: type[Message], body: object) -> Any:
    made = read_message(request, json.dumps(body).encode())
    assert not isinstance(made, AndonError), made
    return made


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_message_of_the_contract_can_be_read_and_written(method: Any) -> None:
    assert read(GetMessageClass(method.input_type), {}) == GetMessageClass(method.input_type)()
    assert write_message(GetMessageClass(method.output_type)()) == b"{}"


PAYLOADS: Final = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.none()
        | st.booleans()
        | st.floats(allow_nan=False, allow_infinity=False).map(lambda real: real + 0.0)
        | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(payload=PAYLOADS, text=st.text(max_size=20), real=st.floats(allow_nan=False, allow_infinity=False))
def test_what_the_library_writes_is_read_as_it_is_and_what_we_write_it_reads(
    payload: dict[str, Any], text: str, real: float
) -> None:
    decision = {"action": text, "confidence": real, "input": payload, "attributes": {"amount": real, "extra": payload}}
    body = {"decision": decision, "wait": "1.500s", "requestId": text, "validateOnly": True}
    made = read(Submit, body)
    assert made == json_format.ParseDict(body, Submit())
    back = json_format.Parse(write_message(made), Submit())
    assert back == made


def test_whole_numbers_enums_times_and_lists_are_written_as_the_mapping_has_them() -> None:
    sample = feedback_service_pb2.Sample(sequence=2**53 + 1, verdict=1, outcome=99, rules=["a", 'b"\n'], propensity=0.5)  # type: ignore[arg-type]
    sample.review_time.FromJsonString("2026-01-01T00:00:00.250Z")
    answer = feedback_service_pb2.ListSamplesResponse(samples=[sample])
    assert json.loads(write_message(answer)) == json_format.MessageToDict(answer)
    entry = decision_service_pb2.BatchSubmitResponse.DESCRIPTOR.fields[0].message_type
    assert entry is not None
    failed = GetMessageClass(entry)(error=Status(code=3, message="no"))
    assert json.loads(write_message(failed)) == json_format.MessageToDict(failed)


@pytest.mark.parametrize(
    ("body", "path", "why"),
    [
        (b"{", "request", "must be well-formed JSON: line 1, column 2"),
        (b'{"decision": {"confidence": NaN}}', "decision.confidence", "must be a number"),
        (
            b'{"decision": {"input": {"a": ' + b"9" * 5_000 + b"}}}",
            "request",
            "must not hold a whole number of more than 512 digits",
        ),
        ({"requestId": "a", "request_id": "a"}, "request_id", "is there in both of its spellings, a duplicate"),
        ({"requestId": 1}, "request_id", "must be text"),
        ({"requestId": "\ud800"}, "request_id", "must be well-formed Unicode"),
        ({"validateOnly": "true"}, "validate_only", "must be true or false"),
        ({"decision": []}, "decision", "must be a JSON object"),
        ({"decision": {"confidence": True}}, "decision.confidence", "must be a number"),
        ({"decision": {"confidence": 10**400}}, "decision.confidence", "must be a number"),
        ({"decision": {"confidence": "1_0"}}, "decision.confidence", "must be a number"),
        ({"decision": {"input": [1]}}, "decision.input", "must be a JSON object"),
        ({"decision": {"input": {"a": 10**400}}}, "decision.input", "must not hold a number too large for JSON"),
        ({"decision": {"input": {"\udfff": 1}}}, "decision.input", "must be well-formed Unicode"),
        ({"decision": {"createTime": "now"}}, "decision.create_time", 'must be a time such as "2026-01-31T12:00:00Z"'),
        ({"wait": "1" * 100 + "s"}, "wait", 'must be a span such as "50s"'),
    ],
)
def test_what_is_wrong_is_told_in_our_words_with_the_contract_s_names(body: object, path: str, why: str) -> None:
    assert fault(Submit, body) == (path, why)


def test_places_in_lists_enums_and_within_are_named() -> None:
    assert fault(Review, {"shown": {"viewTime": 1}})[0] == "shown.view_time"
    for word in ("MAYBE", "\udc00\ud800", "\ud800", "é"):  # what can't be looked up is not known either
        assert fault(Review, {"verdict": word}) == ("verdict", "must be a known value of Verdict")
    listed = Batch.DESCRIPTOR.fields[0].name
    assert fault(Batch, {listed: [{}, {"decision": {"confidence": ""}}]})[0] == f"{listed}[1].decision.confidence"
    assert fault(Batch, {listed: {}}) == (listed, "must be a list")
    assert fault(Batch, {listed: [None]}) == (f"{listed}[0]", "must be a JSON object")


@pytest.mark.parametrize(
    "name", ["state", "x" * 8_000_000, 'x" at "a.' + "." * 40_000 + "!"], ids=["known", "long", "place"]
)
def test_callers_words_cost_no_more_than_their_length_and_are_cut(name: str) -> None:
    began = time.perf_counter()
    path, why = fault(Submit, {"decision": {"action": "a", name: " at a" + "." * 40_000 + "!"}})
    assert time.perf_counter() - began < QUICK
    assert len(path) + len(why) < 200


@pytest.mark.parametrize("value", ["0", "{}", '""', "[]"])
def test_so_many_values_are_refused_and_not_read(value: str) -> None:
    many = ",".join([value] * (6_000_000 // len(value)))
    began = time.perf_counter()
    assert fault(Submit, f'{{"decision":{{"input":{{"a":[{many}]}}}}}}'.encode()) == (
        "request",
        f"must hold at most {MAX_VALUES:,} values",
    )
    assert time.perf_counter() - began < QUICK


def test_marks_within_texts_are_no_values() -> None:
    text = ',[{\\"' * MAX_VALUES
    assert read(Submit, {"decision": {"input": {"a": text}}}).decision.input["a"] == text


@pytest.mark.parametrize("inner", ['{"a":', "["])
@pytest.mark.parametrize("depth", [40, 400, 100_000])
def test_what_is_nested_too_deep_is_refused(inner: str, depth: int) -> None:
    body = '{"decision":{"input":{"a":' + inner * depth + "1" + ("}" if inner[0] == "{" else "]") * depth + "}}}"
    refused = read_message(Submit, body.encode())
    assert isinstance(refused, PayloadTooDeep | FieldInvalid)
    assert isinstance(refused, PayloadTooDeep) or depth == 100_000
