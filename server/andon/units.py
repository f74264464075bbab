"""Values as people write them: `30s`, `256KiB`, `127.0.0.1:50051`, `true`; each kind parses and shows them."""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from andon.domain.clock import DAY, HOUR, MILLISECOND, MINUTE, SECOND

T = TypeVar("T")

_SPANS: Final = {"d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND, "ms": MILLISECOND, "us": 1}
_SIZES: Final = {"GiB": 1 << 30, "MiB": 1 << 20, "KiB": 1 << 10, "B": 1}
_SPAN_PART: Final = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)(d|h|ms|m|us|s)", re.ASCII)
_WEIGHT: Final = re.compile(r"\d{1,3}(\.\d{1,2})?", re.ASCII)
_KEY: Final = re.compile(r"[A-Za-z0-9+/_-]{43}=?", re.ASCII)
_SIZE: Final = re.compile(r"(\d{1,9}) ?(GiB|MiB|KiB|B)", re.ASCII)


def parse_span(text: str) -> int:
    """Microseconds from `30s`, `1h30m`, `0.5s`, `250ms`. Raises ValueError that says what is allowed."""
    parts = _SPAN_PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError("must be a time span with units d, h, m, s, ms or us, such as 30s or 1h30m")
    return round(sum(float(number) * _SPANS[unit] for number, unit in parts))


def format_span(span: int) -> str:
    """The inverse of `parse_span`, for spans from 0: 90 s is `90s`, 15 min is `15m`."""
    unit = next((unit for unit, length in _SPANS.items() if span % length == 0 and span), "s")
    return f"{span // _SPANS[unit]}{unit}"


def parse_size(text: str) -> int:
    """Bytes from `256KiB`, `8MiB` or `100B`. Raises ValueError that says what is allowed."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError("must be a size with a unit B, KiB, MiB or GiB, such as 256KiB")
    return int(match[1]) * _SIZES[match[2]]


def format_size(size: int) -> str:
    """The inverse of `parse_size`: 262,144 bytes are `256KiB`."""
    unit = next((unit for unit, length in _SIZES.items() if size % length == 0 and size), "B")
    return f"{size // _SIZES[unit]}{unit}"


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a TCP port to listen on; port 0 lets the system choose one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it. A name other than `localhost` counts as remote."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """How a value is written. `parse` raises ValueError that says what is allowed; `show` is its inverse."""

    unit: str
    parse: Callable[[str], T]
    show: Callable[[T], str]
    literal: bool = False
    secret: bool = False


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not bare or (":" in host and bare == host) or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:50051 or [::1]:50051")
    return Address(bare, int(port))


def _switch(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def _path(text: str) -> Path:
    if not text or "://" in text:
        raise ValueError("must be a path in the file system")
    return Path(text)


class PostgresUrl(str):
    """Where a PostgreSQL database is, as libpq's connection URIs say it. It may hold a password."""

    __slots__ = ()


def _store(text: str) -> Path | PostgresUrl:
    if text.startswith(("postgres://", "postgresql://")):
        return PostgresUrl(text)
    if not text or "://" in text:
        raise ValueError("must be the path of a SQLite file, or postgres://USER@HOST/DATABASE")
    return Path(text)


def choice(*names: str) -> Kind[str]:
    """One of a few words."""

    def parse(text: str) -> str:
        if text not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return text

    return Kind(" | ".join(names), parse, str)


def bounded(kind: Kind[int], least: int, most: int | None = None) -> Kind[int]:
    """A number of another kind, within bounds that belong to it."""

    def parse(text: str) -> int:
        value = kind.parse(text)
        if value < least or (most is not None and value > most):
            upper = "" if most is None else f" and at most {kind.show(most)}"
            raise ValueError(f"must be at least {kind.show(least)}{upper}")
        return value

    return Kind(kind.unit, parse, kind.show, kind.literal)


def _weights(text: str) -> tuple[tuple[str, float], ...]:
    weights: dict[str, float] = {}
    for each in filter(None, (part.strip() for part in text.split(","))):
        queue, _, weight = (part.strip() for part in each.partition("="))
        if not queue or not _WEIGHT.fullmatch(weight) or not 0.01 <= float(weight) <= 100 or queue in weights:
            raise ValueError("must name each queue once with a weight from 0.01 to 100, such as refunds=3, letters=1")
        weights[queue] = float(weight)
    return tuple(weights.items())


def _show_weights(weights: tuple[tuple[str, float], ...]) -> str:
    return ", ".join(f"{queue}={weight:g}" for queue, weight in weights)


class SecretText(str):
    """What nobody is shown by accident."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


def _secret_key(text: str) -> SecretText:
    if text and _KEY.fullmatch(text.strip()) is None:
        raise ValueError("must be base64 of 32 bytes, such as `openssl rand -base64 32` prints")
    return SecretText(text.strip())


def _command(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise ValueError(f"must be a command as a shell would take it: {error}") from None


def _whole(text: str) -> int:
    if re.fullmatch(r"\d{1,9}|\d{1,3}(_\d{3}){1,2}", text, re.ASCII) is None:
        raise ValueError("must be a whole number of at most nine digits")
    return int(text)


ADDRESS: Final = Kind("host:port", _address, str)
SWITCH: Final = Kind("true | false", _switch, lambda value: str(value).lower(), literal=True)
PATH: Final = Kind("path", _path, str)
STORE: Final[Kind[Path | PostgresUrl]] = Kind("path or postgres:// URL", _store, str)
SPAN: Final = Kind("time span", parse_span, format_span)
SIZE: Final = Kind("bytes", parse_size, format_size)
WHOLE: Final = Kind("number", _whole, str, literal=True)
COUNT: Final = bounded(WHOLE, 1)
WEIGHTS: Final[Kind[tuple[tuple[str, float], ...]]] = Kind("queue=number, by commas", _weights, _show_weights)
SECRET_KEY: Final = Kind("base64, or nothing; no flag", _secret_key, lambda key: "***" if key else "", secret=True)
COMMAND: Final = Kind("command, or nothing", _command, shlex.join)
