"""What becomes of a good request on its way: cut off, flipped, not UTF-8, no JSON, or nothing of all that."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any, Final

_NUMBERS: Final = (
    *("1e999", "-1e999", "1e-999", "9" * 400, "0." + "0" * 400 + "1", "1e308", "-0", "00", "0x10", "NaN", "Infinity"),
    *("1" + "0" * 5_000, "1E+0000000000000000000000000000000000000000000000400", ".5", "5.", "+1", "1_000"),
)
_VALUES: Final = (
    *("null", "true", "[]", "{}", '""', "[null]", '{"":{}}', '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', "'x'"),
    *('"' + "x" * 70_000 + '"', "[" * 2_000, "[" * 60 + "]" * 60, '{"a":' * 60 + "1" + "}" * 60, '"\x01"', "undefined"),
    *('{"@type":"type.googleapis.com/google.protobuf.Any"}', '"2026-13-45T99:99:99Z"', '"1e3s"', '"-0.0s"'),
    '"99999999999s"',
)
_NO_TEXT: Final = (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\x00")
_VALUE: Final = re.compile(r'("(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null)(?=\s*[,}\]])')


def wire(random: Random, body: bytes) -> bytes:
    """These bytes with one thing wrong; sometimes none of them."""
    place = random.randrange(len(body) + 1)
    before, after = body[:place], body[place:]
    return random.choice(
        (
            lambda: before,
            lambda: before + random.randbytes(1) + after[1:],
            lambda: before + random.randbytes(random.randrange(1, 9)) + after,
            lambda: random.randbytes(random.choice((1, 2, 7, 60, 900))),
            lambda: b"\x0a\x04\xff\xfe\xc0\x80" + body,  # text that is no UTF-8, in the first field
            lambda: _nested(random.choice((30, 101, 400))) + body,
            lambda: body + b"\x0a\xff\xff\xff\xff\x0f",  # more is promised than there is
            lambda: body + body,
        )
    )()


def _nested(depth: int) -> bytes:
    body = b""
    for _ in range(depth):
        size, head = len(body), b""
        while size > 127:
            head, size = head + bytes((size & 127 | 128,)), size >> 7
        body = b"\x0a" + head + bytes((size,)) + body
    return body


def text(random: Random, body: str) -> bytes:
    """This JSON with one thing wrong, or of an odd form that is right."""
    place = random.randrange(len(body) + 1)
    return random.choice(
        (
            *(lambda: _replaced(random, body).encode("utf-8", "surrogatepass"),) * 4,
            lambda: _doubled(random, body),
            lambda: body.encode()[:place],
            lambda: body.encode(random.choice(("utf-16", "utf-32", "utf-8-sig"))),
            lambda: body.encode() + random.choice((b"x", b"{}", b"\x00", b" " * 5_000, b"//", b",")),
            lambda: random.choice(_VALUES).encode("utf-8", "surrogatepass"),
            lambda: body[:place].encode() + random.choice(_NO_TEXT) + body[place:].encode(),
        )
    )()


def _replaced(random: Random, body: str) -> str:
    places = list(_VALUE.finditer(body))
    if not places:
        return random.choice(_VALUES)
    found = random.choice(places)
    return body[: found.start()] + random.choice((*_NUMBERS, *_VALUES)) + body[found.end() :]


def _doubled(random: Random, body: str) -> bytes:
    """Each name of the outer object twice, the second time with something else, or hundreds of names."""
    fields: Any = json.loads(body)
    if not isinstance(fields, dict) or not fields or random.random() < 0.2:
        return ("{" + ",".join(f'"k{number}":{number}' for number in range(3_000)) + "}").encode()
    name, value = random.choice(list(fields.items()))
    again = json.dumps(random.choice((value, None, 1, "x", [], {})))
    return f"{body.rstrip()[:-1]}, {json.dumps(name)}: {again}}}".encode()
