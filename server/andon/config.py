"""Settings: one table of every key, and how file, environment and flags become one checked set.

The fields of `Settings` are that table. Flags (`--max-wait`), environment (`ANDON_MAX_WAIT`), file keys
(`max_wait`), `andon config` and docs/configuration.md are all derived from it.

Spans are integers in microseconds and sizes are integers in bytes, as everywhere in the server.
"""

# ruff: noqa: RUF009 -- `_key` wraps dataclasses.field, so nothing mutable is shared
from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, TypeVar

from andon.units import (
    ADDRESS,
    COMMAND,
    COUNT,
    PATH,
    SECRET_KEY,
    SIZE,
    SPAN,
    STORE,
    SWITCH,
    WEIGHTS,
    WHOLE,
    Address,
    Kind,
    PostgresUrl,
    SecretText,
    bounded,
    choice,
    format_span,
    parse_span,
)

T = TypeVar("T")

PREFIX: Final = "ANDON_"
FILE_VARIABLE: Final = "ANDON_CONFIG"
PACKAGED_POLICIES: Final = Path(__file__).parent / "policies"

_OF_CLIENTS: Final = re.compile(r"ANDON_(TOKEN|ADDRESS|TLS|ROOT_CERTIFICATES|RECEIPT_KEYS|TOKEN_.*)")
_OF_SERVICE_LINKS: Final = re.compile(
    r"ANDON_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)=.*|PORT(_\d+_\w+)?=\w+://.*|PORT_\d+_\w+=.*)"
)
_ORIGIN: Final = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?")
_PAGE: Final = re.compile(rf"{_ORIGIN.pattern}(/[A-Za-z0-9._~/-]*)?")
_LOG_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~/-]{0,127}")
_USER_INFO: Final = re.compile(r"(?<=//)[^/@\s]*@")


class ConfigError(Exception):
    """The settings can't be used. `faults` holds every fault that was found, each one line."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: its name in the file, with the flag and the variable that follow from it."""

    name: str
    kind: Kind[Any]
    default: str
    doc: str

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()

    def shown(self, value: Any) -> str:
        """The value as it is written in a file, without passwords."""
        return redact(self.kind.show(value))


@dataclass(frozen=True, slots=True)
class Resolved:
    """Checked settings. `sources` says for each key where its value came from."""

    settings: Settings
    sources: Mapping[str, str]


def redact(text: str) -> str:
    """Hides the user and password of a URL, wherever one is shown."""
    return _USER_INFO.sub("***@", text)


def _file(text: str) -> Path | None:
    return PATH.parse(text) if text else None


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(filter(None, (each.strip() for each in text.split(","))))
    if wrong := next((each for each in origins if not _ORIGIN.fullmatch(each)), ""):
        raise ValueError(f"holds {wrong!r}; an origin is scheme and host, such as https://review.example.com")
    return origins


def _log_name(text: str) -> str:
    if text and not _LOG_NAME.fullmatch(text):
        raise ValueError("must be a name such as andon.example.com/ledger, without spaces and +")
    return text


def _url(text: str) -> str:
    url = text.rstrip("/")
    if url and not _PAGE.fullmatch(url):
        raise ValueError("must be an address, such as https://andon.example.com")
    return url


_ORIGIN_NAME: Final[Kind[str]] = Kind("name, or nothing", _log_name, str)
_URL: Final[Kind[str]] = Kind("address, or nothing", _url, str)
_FILE: Final[Kind[Path | None]] = Kind("path, or nothing", _file, lambda path: "" if path is None else str(path))
_ORIGINS: Final[Kind[tuple[str, ...]]] = Kind("origins, by commas", _origins, ", ".join)


def _span(least: str, most: str = "365d") -> Kind[int]:
    return bounded(SPAN, parse_span(least), parse_span(most))


def _key(kind: Kind[T], default: str, doc: str) -> T:
    """Declares one setting. The default is written as a user would write it."""
    value: Any = field(default=kind.parse(default), metadata={"kind": kind, "default": default, "doc": doc})
    typed: T = value
    return typed


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of the server. Spans are in µs, sizes in bytes."""

    listen: Address = _key(ADDRESS, "127.0.0.1:50051", "Where gRPC listens.")
    http_listen: Address = _key(
        ADDRESS, "127.0.0.1:8080", "Where HTTP listens: the page, Connect, gRPC-Web, /metrics, /healthz, /readyz."
    )
    tls_certificate: Path | None = _key(
        _FILE, "", "PEM file of the certificate and its chain. With `tls_key`, gRPC and HTTP speak TLS."
    )
    tls_key: Path | None = _key(_FILE, "", "PEM file of the certificate's private key.")
    tls_client_ca: Path | None = _key(
        _FILE,
        "",
        "PEM file of the authorities that sign clients' certificates. With it gRPC asks for one, and lets nobody in "
        "without.",
    )
    http_client_certificates: bool = _key(
        SWITCH, "false", "Whether HTTP lets nobody in either without such a certificate: browsers and probes need one."
    )
    handshake_timeout: int = _key(
        _span("100ms", "10m"), "20s", "How long a connection may take to begin, and the head of an HTTP request."
    )
    cors_origins: tuple[str, ...] = _key(
        _ORIGINS, "", "Origins whose pages may call over HTTP, such as `https://review.example.com`."
    )
    image_origins: tuple[str, ...] = _key(
        _ORIGINS, "", "Origins from which the page may load a decision's images when a reviewer asks for one."
    )
    allow_insecure_remote: bool = _key(
        SWITCH, "false", "Allows to listen beyond loopback although nothing is encrypted: tokens pass in plain text."
    )
    store: Path | PostgresUrl = _key(
        STORE,
        "./andon.db",
        "Where all is kept: a SQLite file, made where there is none, or `postgres://user@host/database`.",
    )
    store_connections: int = _key(
        bounded(WHOLE, 2, 1000), "10", "Connections to a PostgreSQL store at most; one more listens."
    )
    encryption_key: SecretText = _key(
        SECRET_KEY, "", "The key that the store's contents are encrypted with at rest, as base64 of 32 bytes."
    )
    encryption_key_file: Path | None = _key(_FILE, "", "A file that holds that key.")
    encryption_key_command: tuple[str, ...] = _key(
        COMMAND, "", "A command that asks a key service instead: see [encryption](encryption.md)."
    )
    policies: Path = _key(PATH, str(PACKAGED_POLICIES), "The folder of policy files.")
    tokens: Path = _key(PATH, "./andon-tokens.yaml", "The token file. On loopback it is made where there is none.")
    identity: Path | None = _key(
        _FILE, "", "YAML file that says whose signed tokens (OIDC, JWT) and certificates let callers in, and as what."
    )
    signing_keys: Path = _key(
        PATH,
        "./andon-keys.json",
        "The keys that receipts and checkpoints are signed with. On loopback the file is made where there is none.",
    )
    checkpoint_interval: int = _key(
        _span("1s", "1d"), "1m", "How often the ledger is sealed by a signed checkpoint where it has grown."
    )
    ledger_origin: str = _key(
        _ORIGIN_NAME,
        "",
        "The ledger's name in checkpoints, such as `andon.example.com/ledger`; without one `andon.dev/` and a random "
        "id that the store keeps.",
    )
    notifications: Path | None = _key(
        _FILE, "", "YAML file that says which services and people are told what happens. Without one nobody is told."
    )
    public_url: str = _key(
        _URL, "", "Where people open the page, such as `https://andon.example.com`: for links in notifications."
    )
    max_wait: int = _key(_span("0s", "1h"), "50s", "The longest `wait` of Submit and Wait; longer ones are cut to it.")
    lease_duration: int = _key(_span("1s", "1d"), "60s", "How long a lease lasts unless it is renewed.")
    aging_interval: int = _key(_span("1s"), "15m", "After each such span of waiting a task rises by one level.")
    heartbeat_interval: int = _key(_span("100ms"), "15s", "How often an idle reviewer's stream says that it is alive.")
    policy_poll_interval: int = _key(
        _span("100ms"), "1s", "How often policy and token files are looked at for changes."
    )
    retrain_after: int = _key(COUNT, "500", "New labels of one action and model version after which to ask to retrain.")
    max_open_tasks: int = _key(COUNT, "1000000", "Open tasks beyond which a Submit that needs a person is refused.")
    max_active_calls: int = _key(COUNT, "1000", "Calls at work at once, without blocked waiters and open streams.")
    max_waiters: int = _key(COUNT, "50000", "Calls that may be blocked on a decision at once.")
    max_leases_per_reviewer: int = _key(
        COUNT, "100", "Tasks that one reviewer may hold at once, on all their streams and all servers."
    )
    queue_weights: tuple[tuple[str, float], ...] = _key(
        WEIGHTS,
        "",
        "How queues share the reviewers who serve several, within one level of priority, such as "
        "`refunds=3, letters=1`; a queue not named has 1. Without any, the most urgent task comes first.",
    )
    max_streams: int = _key(COUNT, "2000", "Reviewers' streams that may be open at once.")
    max_calls_per_second: int = _key(
        bounded(WHOLE, 0, 100_000),
        "1000",
        "Calls that one principal may make a second on each server, five seconds' worth at once; 0: any number.",
    )
    max_open_decisions_per_principal: int = _key(
        bounded(WHOLE, 0), "100000", "Decisions of one principal that may wait for people at once; 0: any number."
    )
    max_waiters_per_principal: int = _key(
        bounded(WHOLE, 0), "25000", "Calls of one principal that may be blocked on a decision at once; 0: any number."
    )
    max_streams_per_principal: int = _key(
        bounded(WHOLE, 0), "100", "Streams of one principal that may be open at once; 0: any number."
    )
    stream_buffer: int = _key(COUNT, "10000", "Events kept for a stream that reads too slowly before it is cut.")
    max_message_size: int = _key(bounded(SIZE, 1024, 1 << 30), "8MiB", "The largest message that is accepted.")
    max_payload_size: int = _key(
        bounded(SIZE, 256), "256KiB", "The largest `input`, `prediction` or correction, each as JSON."
    )
    max_payload_depth: int = _key(
        bounded(WHOLE, 1, 32), "32", "Their deepest nesting, in levels; protobuf itself reads no more than 32."
    )
    keepalive_time: int = _key(_span("1s"), "30s", "After such a silence a connection is probed by a ping.")
    keepalive_timeout: int = _key(_span("1s"), "10s", "A probed connection that stays silent for so long is closed.")
    min_client_ping_interval: int = _key(
        _span("1s"), "10s", "Clients that ping more often than this, also without a call, are sent away."
    )
    max_connection_age: int = _key(
        _span("1s"), "10m", "After it, give or take a tenth, gRPC clients must connect anew, so that load spreads."
    )
    max_connection_age_grace: int = _key(
        _span("0s"), "75s", "What calls under way may then still take; at least `max_wait`, or waits would be cut."
    )
    drain_timeout: int = _key(_span("0s", "1h"), "20s", "What calls under way may take at most when the server stops.")
    log_format: str = _key(choice("auto", "console", "json"), "auto", "`auto` is `console` on a terminal, else `json`.")
    log_level: str = _key(choice("debug", "info", "warning", "error"), "info", "The least important lines to write.")
    reflection: bool = _key(SWITCH, "true", "Whether gRPC reflection answers (grpcurl, buf curl).")
    event_loop: str = _key(
        choice("auto", "asyncio", "uvloop"), "auto", "`auto` is `uvloop` where it is installed, else `asyncio`."
    )


def _as_key(item: Field[Any]) -> Key:
    return Key(item.name, item.metadata["kind"], item.metadata["default"], item.metadata["doc"])


KEYS: Final[Mapping[str, Key]] = {item.name: _as_key(item) for item in fields(Settings)}


def load(flags: Mapping[str, str], environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """The settings in force: file < environment < flags. `flags` is by key name. Raises ConfigError with all faults.

    Where no file is given, the variable ANDON_CONFIG may name one. Only the file is read; nothing else is touched.
    """
    return resolve(flags, environ, file).settings


def resolve(flags: Mapping[str, str], environ: Mapping[str, str], file: Path | None = None) -> Resolved:
    """Like `load`, and says where each value came from."""
    if file is None and FILE_VARIABLE in environ:
        file = Path(environ[FILE_VARIABLE])
    faults: list[str] = []
    written = _from_file(file, faults) | _from_environment(environ, faults) | _from_flags(flags, faults)
    values: dict[str, Any] = {}
    for name, (text, source) in written.items():
        try:
            values[name] = KEYS[name].kind.parse(text)
        except ValueError as error:
            faults.append(f"{source}: {error}" if KEYS[name].kind.secret else f"{source}: {redact(text)!r} {error}")
    settings = Settings(**values)
    faults += _conflicts(settings)
    if faults:
        raise ConfigError(faults)
    return Resolved(settings, {name: written[name][1] if name in written else "default" for name in KEYS})


def _from_file(file: Path | None, faults: list[str]) -> dict[str, tuple[str, str]]:
    if file is None:
        return {}
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError([f"configuration file {file}: {error.strerror or error}"]) from None
    except ValueError as error:
        raise ConfigError([f"configuration file {file}: {error}"]) from None
    found = {}
    for name, value in content.items():
        if name not in KEYS:
            faults.append(f"{file}: unknown key {name!r}{_nearest(name, KEYS)}")
        elif isinstance(value, list) and KEYS[name].kind is _ORIGINS:
            found[name] = (", ".join(map(str, value)), f"{file}: {name}")
        elif not isinstance(value, (str, bool, int)):
            faults.append(f"{file}: {name} must be a string, a whole number, true or false")
        else:
            found[name] = (str(value).lower() if isinstance(value, bool) else str(value), f"{file}: {name}")
    return found


def _from_environment(environ: Mapping[str, str], faults: list[str]) -> dict[str, tuple[str, str]]:
    names = {key.variable: key.name for key in KEYS.values()}
    found = {}
    for variable, text in environ.items():
        if variable in names:
            found[names[variable]] = (text, variable)
        elif variable.startswith(PREFIX) and not _is_of_others(variable, text):
            faults.append(f"unknown environment variable {variable}{_nearest(variable, [*names, FILE_VARIABLE])}")
    return found


def _from_flags(flags: Mapping[str, str], faults: list[str]) -> dict[str, tuple[str, str]]:
    faults += [f"unknown flag {name!r}{_nearest(name, KEYS)}" for name in flags if name not in KEYS]
    return {name: (text, KEYS[name].flag) for name, text in flags.items() if name in KEYS}


def _is_of_others(variable: str, text: str) -> bool:
    """Whether a variable is a client's, or one that Kubernetes sets in every pod beside a service called `andon`."""
    return (
        variable == FILE_VARIABLE
        or _OF_CLIENTS.fullmatch(variable) is not None
        or _OF_SERVICE_LINKS.fullmatch(f"{variable}={text}") is not None
    )


def _nearest(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""


def _conflicts(settings: Settings) -> list[str]:
    """What can't be together, though each value is good by itself."""
    faults = [
        f"{key} is {address}, which others can reach, and nothing would be encrypted; listen on 127.0.0.1, "
        "give tls_certificate and tls_key, or set allow_insecure_remote = true if the network protects it"
        for key, address in (("listen", settings.listen), ("http_listen", settings.http_listen))
        if not address.loopback and not settings.allow_insecure_remote and settings.tls_certificate is None
    ]
    if settings.listen.port and settings.listen == settings.http_listen:
        faults.append(f"listen and http_listen are both {settings.listen}")
    if (settings.tls_certificate is None) is not (settings.tls_key is None):
        faults.append("tls_certificate and tls_key need each other")
    if sum(map(bool, (settings.encryption_key, settings.encryption_key_file, settings.encryption_key_command))) > 1:
        faults.append("encryption_key, encryption_key_file and encryption_key_command: one of them, no more")
    if settings.tls_client_ca is not None and settings.tls_certificate is None:
        faults.append("tls_client_ca needs tls_certificate and tls_key")
    if settings.http_client_certificates and settings.tls_client_ca is None:
        faults.append("http_client_certificates needs tls_client_ca")
    if settings.heartbeat_interval >= settings.lease_duration:
        faults.append("heartbeat_interval must be shorter than lease_duration, or leases lapse while a stream is open")
    if settings.max_wait > settings.max_connection_age_grace:
        faults.append(
            f"max_wait is {format_span(settings.max_wait)}, above max_connection_age_grace, "
            f"{format_span(settings.max_connection_age_grace)}: waits would be cut with their connection"
        )
    if settings.max_payload_size > settings.max_message_size:
        faults.append("max_payload_size must not exceed max_message_size")
    return faults
