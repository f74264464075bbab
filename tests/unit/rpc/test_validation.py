"""The contract's annotations are enforced, each with its path and words; what is not supported is refused."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from google.api import field_behavior_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from andon.rpc.validation import UnsupportedRule, compile_rules
from andon_client._gen.andon.v1 import decision_service_pb2 as decisions
from andon_client._gen.andon.v1 import feedback_service_pb2 as feedback
from andon_client._gen.andon.v1 import review_service_pb2 as reviews
from andon_client._gen.buf.validate import validate_pb2

Field = descriptor_pb2.FieldDescriptorProto
_files = itertools.count()

REQUESTS = [
    kind
    for module in (decisions, reviews, feedback)
    for name, kind in module.DESCRIPTOR.message_types_by_name.items()
    if name.endswith("Request")
]


def declare(
    kind: int,
    type_name: str = "",
    *,
    repeated: bool = False,
    optional: bool = False,
    output: bool = False,
    **rules: Any,
) -> Descriptor:
    """A message type with one field `x` that carries these rules, beside an `Inner` message and an enum."""
    file = descriptor_pb2.FileDescriptorProto(name=f"test/{next(_files)}.proto", syntax="proto3")
    file.package = f"test{next(_files)}"
    file.dependency.extend(f"google/protobuf/{name}.proto" for name in ("wrappers", "struct", "duration", "timestamp"))
    inner = file.message_type.add(name="Inner")
    required(inner.field.add(name="y", number=1, type=Field.TYPE_STRING, label=Field.LABEL_OPTIONAL))
    file.enum_type.add(name="Colour").value.extend(
        descriptor_pb2.EnumValueDescriptorProto(name=name, number=number) for name, number in (("NONE", 0), ("RED", 1))
    )
    outer = file.message_type.add(name="Outer")
    field = outer.field.add(name="x", number=1, type=kind, label=Field.LABEL_REPEATED if repeated else 1)
    if type_name:
        field.type_name = type_name if type_name.startswith(".") else f".{file.package}.{type_name}"
    if optional:
        field.proto3_optional, field.oneof_index = True, 0
        outer.oneof_decl.add(name="_x")
    if output:
        field.options.Extensions[field_behavior_pb2.field_behavior].append(field_behavior_pb2.OUTPUT_ONLY)
    rules = {name.removeprefix("rule_"): rule for name, rule in rules.items()}
    json_format.ParseDict(rules, field.options.Extensions[validate_pb2.field])
    return _built(file)


def required(field: descriptor_pb2.FieldDescriptorProto) -> None:
    field.options.Extensions[validate_pb2.field].required = True


def _built(file: descriptor_pb2.FileDescriptorProto) -> Descriptor:
    default = descriptor_pool.Default()
    pool = descriptor_pool.DescriptorPool()
    for name in file.dependency:
        pool.AddSerializedFile(default.FindFileByName(name).serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    found: Descriptor = pool.FindMessageTypeByName(f"{file.package}.Outer")
    return found


def faults_of(descriptor: Descriptor, content: dict[str, Any]) -> list[str]:
    message: Message = json_format.ParseDict(content, GetMessageClass(descriptor)())
    return [f"{fault.path} {fault.description}" for fault in compile_rules(descriptor)(message)]


STRING, DOUBLE, INT32, INT64 = Field.TYPE_STRING, Field.TYPE_DOUBLE, Field.TYPE_INT32, Field.TYPE_INT64
ENUM, MESSAGE, BOOL = Field.TYPE_ENUM, Field.TYPE_MESSAGE, Field.TYPE_BOOL
AMOUNT, SPAN, STRUCT = ".google.protobuf.DoubleValue", ".google.protobuf.Duration", ".google.protobuf.Struct"

RANGE: dict[str, Any] = {"double": {"gte": 0, "lte": 1}}
WORD: dict[str, Any] = {"string": {"minLen": 2, "maxLen": 3, "pattern": "^[a-z]*$"}}


@pytest.mark.parametrize(
    ("descriptor", "value", "fault"),
    [
        (declare(STRING, required=True), None, "is required"),
        (declare(STRING, required=True), "a", ""),
        (declare(STRING, **WORD), "é🙂e", "must match ^[a-z]*$"),
        (declare(STRING, **WORD), "abcd", "must be at most 3 characters"),
        (declare(STRING, **WORD), "a", "must be at least 2 characters"),
        (declare(STRING, **WORD), "ab\n", "must match ^[a-z]*$"),
        (declare(STRING, **WORD), "abc", ""),
        (declare(STRING, **WORD), None, "must be at least 2 characters"),
        (declare(STRING, optional=True, **WORD), None, ""),
        (declare(STRING, string={"maxLen": 1}), "ab", "must be at most 1 character"),
        (declare(DOUBLE, optional=True, required=True, **RANGE), None, "is required"),
        (declare(DOUBLE, optional=True, required=True, **RANGE), 0, ""),
        (declare(DOUBLE, **RANGE), 1, ""),
        (declare(DOUBLE, **RANGE), 1.0000001, "must be between 0 and 1"),
        (declare(DOUBLE, **RANGE), -5e-324, "must be between 0 and 1"),
        (declare(DOUBLE, **RANGE), "NaN", "must be between 0 and 1"),
        (declare(DOUBLE, double={"gte": 0}), "NaN", "must be at least 0"),
        (declare(DOUBLE, double={"gte": 0}), "Infinity", ""),
        (declare(DOUBLE, double={"gte": 0, "finite": True}), "Infinity", "must be at least 0"),
        (declare(DOUBLE, double={"finite": True}), "NaN", "must be a finite number"),
        (declare(DOUBLE, double={"finite": True}), "-Infinity", "must be a finite number"),
        (declare(MESSAGE, AMOUNT, double={"finite": True}), "NaN", "must be a finite number"),
        (declare(MESSAGE, AMOUNT, double={"lte": 10}), 11, "must be at most 10"),
        (declare(MESSAGE, AMOUNT, double={"lte": 10}), None, ""),
        (declare(MESSAGE, AMOUNT, required=True), None, "is required"),
        (declare(MESSAGE, AMOUNT, required=True), 0, ""),
        (declare(INT32, int32={"gte": 0, "lte": 100}), -1, "must be between 0 and 100"),
        (declare(INT64, int64={"gte": 0}), -1, "must be at least 0"),
        (declare(INT64, int64={"lte": 5}), 6, "must be at most 5"),
        (declare(ENUM, "Colour", enum={"definedOnly": True}), 7, "must be a known value of Colour"),
        (declare(ENUM, "Colour", enum={"definedOnly": True}), 1, ""),
        (declare(ENUM, "Colour", required=True), 0, "is required"),
        (declare(STRING, repeated=True, required=True), [], "must have at least 1 item"),
        (declare(STRING, repeated=True, rule_repeated={"maxItems": 1}), ["a", "b"], "must have at most 1 item"),
        (declare(MESSAGE, SPAN, duration={"gte": "0s"}), "-0.000000001s", "must be at least 0 s"),
        (declare(MESSAGE, SPAN, duration={"gte": "0s", "lte": "1.5s"}), "1.6s", "must be between 0 and 1.5 s"),
        (declare(MESSAGE, SPAN, duration={"gte": "0s"}), "0s", ""),
        (declare(MESSAGE, STRUCT, required=True), None, "is required"),
        (declare(MESSAGE, STRUCT, required=True), {}, ""),
        (declare(STRING, output=True, required=True), None, ""),
        (declare(BOOL, required=True), None, "is required"),
    ],
)
def test_rules(descriptor: Descriptor, value: Any, fault: str) -> None:
    content = {} if value is None else {"x": value}
    assert faults_of(descriptor, content) == ([f"x {fault}"] if fault else [])


def test_items_and_messages_have_paths() -> None:
    words = declare(STRING, repeated=True, rule_repeated={"items": {"string": {"maxLen": 1}}})
    assert faults_of(words, {"x": ["a", "bb", "c", "dd"]}) == [
        "x[1] must be at most 1 character",
        "x[3] must be at most 1 character",
    ]
    inner = declare(MESSAGE, "Inner")
    assert faults_of(inner, {}) == []
    assert faults_of(inner, {"x": {}}) == ["x.y is required"]
    many = declare(MESSAGE, "Inner", repeated=True)
    assert faults_of(many, {"x": [{"y": "a"}, {}]}) == ["x[1].y is required"]


@pytest.mark.parametrize(
    "descriptor",
    [
        declare(STRING, string={"const": "a"}),
        declare(STRING, string={"email": True}),
        declare(STRING, string={"pattern": "a*"}),
        declare(STRING, string={"pattern": "^a|b$"}),
        declare(STRING, string={"pattern": "^\\d$"}),
        declare(STRING, string={"pattern": "^(?=a)$"}),
        declare(DOUBLE, double={"gt": 0}),
        declare(INT32, double={"gte": 0}),
        declare(INT32, int32={"in": [1]}),
        declare(ENUM, "Colour", enum={"notIn": [1]}),
        declare(STRING, repeated=True, rule_repeated={"unique": True}),
        declare(STRING, repeated=True, rule_repeated={"items": {"required": True}}),
        declare(STRING, repeated=True, string={"maxLen": 1}),
        declare(MESSAGE, SPAN, duration={"lt": "1s"}),
        declare(MESSAGE, STRUCT, string={"maxLen": 1}),
        declare(MESSAGE, ".google.protobuf.Timestamp", timestamp={"ltNow": True}),
        declare(STRING, cel=[{"id": "a", "expression": "true"}]),
        declare(STRING, ignore="IGNORE_ALWAYS"),
        declare(BOOL, bool={"const": True}),
        declare(MESSAGE, "Outer"),
    ],
)
def test_what_is_not_enforced_is_refused(descriptor: Descriptor) -> None:
    with pytest.raises(UnsupportedRule, match=r"Outer"):
        compile_rules(descriptor)


def test_times_must_be_valid_without_being_asked() -> None:
    request = feedback.ListOverrideRatesRequest()
    check = compile_rules(request.DESCRIPTOR)
    request.start_time.seconds = 253_402_300_799
    assert check(request) == ()
    request.start_time.seconds += 1
    assert [(fault.path, fault.description) for fault in check(request)] == [
        ("start_time", "must be a valid timestamp")
    ]
    wait = decisions.WaitRequest(name="decisions/" + "0" * 36)
    wait.wait.nanos = 1_000_000_000
    assert [fault.description for fault in compile_rules(wait.DESCRIPTOR)(wait)] == ["must be a valid duration"]


@pytest.mark.parametrize("descriptor", REQUESTS, ids=lambda descriptor: descriptor.name)
def test_every_request_of_the_contract_compiles(descriptor: Descriptor) -> None:
    assert compile_rules(descriptor) is compile_rules(descriptor)


def test_a_submission_names_every_fault() -> None:
    request = decisions.SubmitRequest(request_id="a b")
    request.decision.action = "Refund!"
    request.decision.attributes.currency = "eur"
    request.decision.name = "ignored"
    request.decision.routing.review_propensity = 7
    request.wait.seconds = -1
    assert [fault.path for fault in compile_rules(request.DESCRIPTOR)(request)] == [
        "decision.action",
        "decision.confidence",
        "decision.attributes.currency",
        "request_id",
        "wait",
    ]


def test_a_batch_may_be_checked_without_its_items() -> None:
    batch = decisions.BatchSubmitRequest(requests=[decisions.SubmitRequest()] * 4)
    whole, frame = (compile_rules(batch.DESCRIPTOR, deep=deep) for deep in (True, False))
    assert [fault.path for fault in whole(batch)][3] == "requests[3].decision"
    assert frame(batch) == ()
    assert [fault.description for fault in frame(decisions.BatchSubmitRequest())] == ["must have at least 1 item"]
    batch.requests.extend([decisions.SubmitRequest()] * 997)
    assert [fault.description for fault in whole(batch)] == ["must have at most 1000 items"]
