"""What a request's head says to the protocols, looked at before the library does: it would refuse without our words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from typing import Final

from andon.domain.errors import FieldFault, FieldInvalid
from andon.web.asgi import Header

_VERSION: Final = b"connect-protocol-version"
_CONNECT_TIMEOUT: Final = b"connect-timeout-ms"
_GRPC_TIMEOUT: Final = b"grpc-timeout"
_AUTHORIZATION: Final = b"authorization"
_UNITS: Final = b"HMSmun"
_ENCODINGS: Final = frozenset({b"", b"identity", b"gzip"})
_LONGEST_MS: Final = 10
_LONGEST_SPAN: Final = 8


class Visit:
    """One request on its way through the library: what is wrong with its head, and how far it has come.

    `late` is whether its time was over before it began, `unread` whether it is packed in a way that is not known,
    and `reached` whether the pipeline has it.
    """

    __slots__ = ("fault", "late", "reached", "unread")

    def __init__(self, fault: FieldInvalid | None = None, *, late: bool = False, unread: bool = False) -> None:
        self.fault = fault
        self.late = late
        self.unread = unread
        self.reached = False


visiting: Final[ContextVar[Visit]] = ContextVar("visiting")
"""The request that is being served."""


def visit_of(headers: Iterable[Header], encoding: bytes) -> Visit:
    """What the head says; `encoding` is the header that names how messages are packed."""
    for name, value in headers:
        if name == encoding and value not in _ENCODINGS:
            return Visit(_fault(name, "must be gzip or identity"), unread=True)
        if name == _VERSION and value != b"1":
            return Visit(_fault(name, "must be 1"))
        if name in _TIMEOUTS and (value or name == _GRPC_TIMEOUT):
            why, left = _TIMEOUTS[name](value)
            if why or not left:
                return Visit(_fault(name, why) if why else None, late=not why)
    return Visit()


def cleaned(headers: Sequence[Header], kind: str, *, sound: bool) -> list[Header]:
    """Headers that are text, as gRPC has them, and a content type without parameters.

    Where the head is not `sound`, without what the library would stumble over. Several credentials are one list, as
    of any header in HTTP, and so none that anybody knows.
    """
    left_out = {b"content-type", _AUTHORIZATION} | (set() if sound else {_VERSION, _CONNECT_TIMEOUT, _GRPC_TIMEOUT})
    kept = [(name, value) for name, value in headers if name not in left_out and value.isascii()]
    sent = [value for name, value in headers if name == _AUTHORIZATION]
    if len(sent) > 1 or (sent and sent[0].isascii()):
        kept.append((_AUTHORIZATION, b", ".join(sent).decode("ascii", "replace").encode("ascii", "replace")))
    return [*kept, (b"content-type", kind.encode())] if kind else kept


def _fault(name: bytes, why: str) -> FieldInvalid:
    return FieldInvalid((FieldFault(name.decode(), why),))


def _milliseconds(value: bytes) -> tuple[str, int]:
    if value.isdigit() and len(value) <= _LONGEST_MS:
        return "", int(value)
    return f"must be a number of milliseconds of at most {_LONGEST_MS} digits", 0


def _span(value: bytes) -> tuple[str, int]:
    digits, unit = value[:-1], value[-1:]
    if digits.isdigit() and len(digits) <= _LONGEST_SPAN and unit in _UNITS:
        return "", int(digits)
    return f"must be at most {_LONGEST_SPAN} digits and one of the units H, M, S, m, u, n", 0


_TIMEOUTS: Final = {_CONNECT_TIMEOUT: _milliseconds, _GRPC_TIMEOUT: _span}
