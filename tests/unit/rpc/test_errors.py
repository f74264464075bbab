"""Refusals as statuses: the table is the contract's, the details are complete, bounded and clean."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc.status_pb2 import Status

from andon.domain import errors
from andon.domain.errors import AndonError, FaultsError, FieldFault
from andon.rpc.errors import CODES, RETRY_DELAYS, abort, code_of, internal, status_of
from andon_client._gen.andon.v1 import error_pb2

ROOT = Path(__file__).parents[3]
PREFIX = "ERROR_REASON_"
REASONS = [name.removeprefix(PREFIX) for name in error_pb2.ErrorReason.keys()[1:]]
WORDS = (
    *("field", "limit", "actual", "method", "roles", "name", "queue"),
    *("request_id", "outcome", "state", "event", "verdict", "fields", "skills", "conflict", "reason"),
    *("why", "route", "rule", "principal", "quota", "action", "redeemer", "time", "issuer", "sequence", "size"),
)


def _subclasses(parent: type[AndonError] = AndonError) -> list[type[AndonError]]:
    return [kind for child in parent.__subclasses__() for kind in (child, *_subclasses(child))]


CLASSES = [kind for kind in _subclasses() if kind.reason != "INTERNAL" and kind.__module__ == errors.__name__]


def _documented() -> dict[str, tuple[str, bool, set[str]]]:
    """Of each reason, what its comment in the contract says: code, whether RetryInfo comes with it, metadata."""
    text = (ROOT / "proto/andon/v1/error.proto").read_text()
    found = {}
    for comment, name in re.findall(r"((?:  //[^\n]*\n)+)  ERROR_REASON_(\w+) = ", text):
        words = " ".join(line.strip(" /") for line in comment.splitlines())
        metadata = words.partition("Metadata:")[2]
        found[name] = (
            words.split(".")[0].split(",")[0],
            "with RetryInfo" in words,
            set(re.findall(r"`(\w+)`", metadata)),
        )
    return found


DOCUMENTED = _documented()


def make(kind: type[AndonError]) -> AndonError:
    words = dict.fromkeys(WORDS, "word")
    if issubclass(kind, FaultsError):
        return kind((FieldFault("a.b", "is required"),))
    return kind(**{key: value for key, value in words.items() if "{" + key + "}" in kind.message})


def packed(status: Status, kind: type[Message]) -> list[Any]:
    found = []
    for detail in status.details:
        message = kind()
        if detail.Unpack(message):
            found.append(message)
    return found


def test_each_reason_has_one_class_and_each_class_a_reason() -> None:
    assert sorted(kind.reason for kind in CLASSES) == sorted(set(REASONS) - {"INTERNAL"})
    assert set(CODES) == set(REASONS) == set(DOCUMENTED) - {"UNSPECIFIED"}


@pytest.mark.parametrize("reason", REASONS)
def test_the_code_is_the_one_the_contract_names(reason: str) -> None:
    code, retried, _ = DOCUMENTED[reason]
    assert CODES[reason].name == code
    assert (reason in RETRY_DELAYS) is retried


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.reason)
def test_every_refusal_is_complete(kind: type[AndonError]) -> None:
    error = make(kind)
    status = status_of(error, "call-1")
    code, retried, documented = DOCUMENTED[kind.reason]
    (info,) = packed(status, details.ErrorInfo)
    assert code_of(status).name == code
    assert status.message == str(error)
    assert (info.reason, info.domain) == (kind.reason, "andon.dev")
    assert set(info.metadata) >= documented | {"request_id"}
    assert set(info.metadata) >= set(re.findall(r"{(\w+)}", kind.message))
    assert [entry.request_id for entry in packed(status, details.RequestInfo)] == ["call-1"]
    assert len(packed(status, details.RetryInfo)) == retried
    assert len(packed(status, details.BadRequest)) == (code == "INVALID_ARGUMENT")
    assert len(packed(status, details.QuotaFailure)) == (code == "RESOURCE_EXHAUSTED")
    assert len(packed(status, details.PreconditionFailure)) == (code == "FAILED_PRECONDITION")
    assert len(packed(status, details.ResourceInfo)) == (code == "NOT_FOUND")


def test_details_say_what_and_where() -> None:
    missing = status_of(errors.TaskNotFound(name="tasks/1"), "c")
    (resource,) = packed(missing, details.ResourceInfo)
    assert (resource.resource_type, resource.resource_name) == ("andon.dev/Task", "tasks/1")
    (bad,) = packed(
        status_of(errors.PayloadTooLarge(field="decision.input", limit=1, actual=2), "c"), details.BadRequest
    )
    assert [violation.field for violation in bad.field_violations] == ["decision.input"]
    (failed,) = packed(status_of(errors.TaskClosed(name="tasks/1", state="REVIEWED"), "c"), details.PreconditionFailure)
    assert (failed.violations[0].type, failed.violations[0].subject) == ("TASK_CLOSED", "tasks/1")
    (retry,) = packed(status_of(errors.Draining(), "c"), details.RetryInfo)
    assert retry.retry_delay.ToMicroseconds() == RETRY_DELAYS["DRAINING"] > 0


def test_a_reused_request_id_is_told_apart_from_the_calls_own() -> None:
    status = status_of(errors.RequestIdReused(request_id="theirs"), "call-1")
    (info,) = packed(status, details.ErrorInfo)
    assert info.metadata["request_id"] == "theirs"
    assert packed(status, details.RequestInfo)[0].request_id == "call-1"


@pytest.mark.parametrize(
    "error", [AndonError(), errors.InvalidTransition(state="WAITING", event="renew")], ids=["base", "transition"]
)
def test_faults_of_ours_tell_nothing(error: AndonError) -> None:
    assert status_of(error, "call-1") == internal("call-1")


def test_internal_has_a_fixed_text() -> None:
    status = internal("call-1")
    (info,) = packed(status, details.ErrorInfo)
    assert code_of(status) is grpc.StatusCode.INTERNAL
    assert status.message == "internal error; request id call-1"
    assert (info.reason, dict(info.metadata)) == ("INTERNAL", {"request_id": "call-1"})
    assert len(status.details) == 2


def test_control_characters_are_escaped_everywhere() -> None:
    faults = (FieldFault("a\x1b[31m", "is\nbad\u202e"),)
    status = status_of(errors.FieldInvalid(faults), "c\r")
    (bad,) = packed(status, details.BadRequest)
    (info,) = packed(status, details.ErrorInfo)
    texts = [
        status.message,
        bad.field_violations[0].field,
        bad.field_violations[0].description,
        *info.metadata.values(),
    ]
    assert all(text.isprintable() for text in texts)
    assert bad.field_violations[0].description == r"is\nbad\u202e"


@pytest.mark.parametrize("letter", ["x", "é", "🙂", "\x00"])
@pytest.mark.parametrize("number", [1, 20, 1000])
def test_what_travels_fits_into_eight_kibibytes(letter: str, number: int) -> None:
    faults = tuple(FieldFault(letter * 5_000 + str(index), letter * 5_000) for index in range(number))
    status = status_of(errors.CorrectionInvalid(faults), "c" * 64)
    message = sum(1 if 0x20 <= byte < 0x7F and byte != 0x25 else 3 for byte in status.message.encode())
    assert status.ByteSize() * 4 / 3 + message < 7 * 1024
    assert len(packed(status, details.BadRequest)[0].field_violations) >= 1


def test_at_most_twenty_faults_are_named_and_all_are_counted() -> None:
    faults = tuple(FieldFault(f"a[{index}]", "is required") for index in range(21))
    status = status_of(errors.FieldInvalid(faults), "c")
    assert len(packed(status, details.BadRequest)[0].field_violations) == 20
    assert packed(status, details.ErrorInfo)[0].metadata["faults"] == "21"


class _Aborted(Exception):
    pass


class _Context:
    """Stands for grpc.aio's context of a call."""

    sent: tuple[grpc.StatusCode, str, tuple[tuple[str, bytes], ...]]

    def trailing_metadata(self) -> tuple[tuple[str, str], ...]:
        return (("x-request-id", "c"),)

    async def abort(self, code: grpc.StatusCode, text: str, metadata: tuple[tuple[str, bytes], ...]) -> None:
        self.sent = (code, text, metadata)
        raise _Aborted


async def test_abort_sends_the_message_and_the_details_alike() -> None:
    context: Any = _Context()
    status = status_of(errors.LeaseLost(name="tasks/1"), "c")
    with pytest.raises(_Aborted):
        await abort(context, status)
    code, text, metadata = context.sent
    assert (code, text) == (grpc.StatusCode.ABORTED, status.message)
    assert metadata[0] == ("x-request-id", "c")
    assert metadata[1][0] == "grpc-status-details-bin"
    assert Status.FromString(metadata[1][1]) == status
