"""How our connections differ from others to the same database."""

from __future__ import annotations

from typing import Final

import asyncpg

# PostgreSQL's text knows no U+0000. Columns of callers' free words are varchar, and there it is written as "data link
# escape" and a digit.
_NUL, _ESCAPE, _ESCAPED_NUL = "\x00", "\x10", "\x100"
_ESCAPED: Final = _ESCAPE.encode()


async def prepare(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Makes a new connection ours."""
    await connection.set_type_codec("varchar", schema="pg_catalog", encoder=_encoded, decoder=_decoded, format="binary")


async def leave(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Before the next one takes it. Nobody leaves anything behind, so there is no journey to the database."""


def _encoded(text: str) -> bytes:
    if _NUL in text or _ESCAPE in text:
        text = text.replace(_ESCAPE, _ESCAPE + _ESCAPE).replace(_NUL, _ESCAPED_NUL)
    return text.encode()


def _decoded(stored: bytes) -> str:
    text = bytes(stored).decode()
    if _ESCAPED not in stored:
        return text
    return _ESCAPE.join(part.replace(_ESCAPED_NUL, _NUL) for part in text.split(_ESCAPE + _ESCAPE))
