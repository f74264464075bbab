"""Which cases run over which transport.

All run over gRPC and over Connect in JSON: those are our two doors, and the two codecs. Connect in binary and gRPC-Web
come in by the second door and differ in how they frame a message and tell how a call ended, before any RPC is asked.
Over these run the cases that show them something no earlier case has; over long runs they run all as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from tests.golden.runner import Case

ALL: Final = frozenset({"grpc", "connect-json"})
_WAYS: Final = ("stream", "background", "await", "read", "end", "close", "drain")
# Large, deep, many; and what is not ASCII.
_UNUSUAL: Final = ("$repeat", "$nest", "$list", "\\u")


def covering(cases: Sequence[Case]) -> frozenset[str]:
    """The names of the cases that, in their order, show a transport anything new."""
    shown: set[str] = set()
    chosen = []
    for case in cases:
        fresh = set(_kinds(case)) - shown
        if fresh or case.not_over:
            chosen.append(str(case))
        shown |= fresh
    return frozenset(chosen)


def _kinds(case: Case) -> Iterator[str]:
    """What a transport sees of a case: methods, ways, metadata, what is unusual in a request, and how calls end."""
    for step in case.steps:
        way = next((way for way in _WAYS if way in step), "unary")
        expect = step.get("expect", {})
        error = expect.get("error", {})
        yield f"{step.get('call')} {way} {'code' in expect}"
        yield f"{way} {expect.get('code')} {error.get('reason')} {sorted(error)}"
        yield from (f"{name}: {value}" for name, value in step.get("metadata", {}).items())
        sent = json.dumps({key: step.get(key) for key in ("raw", "json", "request")})
        if any(mark in sent for mark in _UNUSUAL) or "raw" in step:
            yield sent
