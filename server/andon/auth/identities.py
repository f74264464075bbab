"""Reads the identity file: whose signed tokens are taken, whose certificates, and what either may do.

Every fault stands at its line. Nothing in the file is a secret.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from andon.auth.rights import (
    RIGHTS,
    AccessFileError,
    Rights,
    is_ours,
    key_faults,
    name_fault,
    rights_faults,
    rights_of,
)
from andon.domain.clock import MINUTE, SECOND
from andon.policy.faults import PolicyFault, PolicyFaults, did_you_mean, one_of
from andon.policy.source import Path_, Source, read_source

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
DEFAULT_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
DEFAULT_SCOPES: Final = ("openid",)
DEFAULT_LEEWAY: Final = 60 * SECOND
MOST_LEEWAY: Final = 5 * MINUTE
_KEYS: Final = ("issuers", "certificates")
_ISSUER: Final = (
    "issuer",
    "audience",
    "jwks_url",
    "client_id",
    "label",
    "scopes",
    "origins",
    "name",
    "prefix",
    "algorithms",
    "leeway",
    "root_certificates",
    "map",
)
_MAP: Final = ("claim", "value", *RIGHTS)
_CERTIFICATE: Final = ("name", "principal", *RIGHTS)
_SUBJECT: Final = re.compile(r"(DNS|URI|email):\S+|[A-Za-z0-9.]+=.+")
_PREFIX: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+:/-]{0,63}")
_TEXT: Final = re.compile(r"[!-~]{1,256}")
_LONGEST_LABEL: Final = 64
_HOST: Final = re.compile(r"[A-Za-z0-9._:\[\]-]+")
_SPAN: Final = re.compile(r"(\d{1,3})(s|m)", re.ASCII)


class IdentityFileError(AccessFileError):
    """The identity file can't be used."""


@dataclass(frozen=True, slots=True)
class Mapping_:
    """Who has this `value` in this `claim` has these rights."""

    claim: str
    value: str | int | bool
    rights: Rights


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs tokens, and what they are good for here. `leeway` in µs. `jwks_url` is empty where it is discovered.

    `label`, `scopes` and `origins` are for the page, which offers a sign-in where `client_id` is there.

    `authorities` are the certificates (PEM) that its server is trusted by, None for the system's.
    """

    url: str
    audiences: tuple[str, ...]
    jwks_url: str
    client_id: str
    name: str
    prefix: str
    algorithms: tuple[str, ...]
    leeway: int
    authorities: bytes | None
    mappings: tuple[Mapping_, ...]
    label: str = ""
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """A name that certificates bear, and who that is."""

    name: str
    principal: str
    rights: Rights


@dataclass(frozen=True, slots=True)
class Identities:
    """What an identity file says, in its order."""

    issuers: Sequence[Issuer] = ()
    certificates: Sequence[Certificate] = ()


def read_identities(path: Path) -> Identities:
    """Reads the file. Raises IdentityFileError with all faults."""
    try:
        source = read_source(path, str(path))
    except PolicyFaults as error:
        raise IdentityFileError(tuple(map(str, error.faults))) from None
    if faults := sorted(_faults(source)):
        raise IdentityFileError(tuple(map(str, faults)))
    data: Any = source.data
    return Identities(
        tuple(map(_issuer, data.get("issuers", ()))), tuple(map(_certificate, data.get("certificates", ())))
    )


def files_beside(path: Path) -> tuple[Path, ...]:
    """The files that the identity file names, whatever else is wrong with it."""
    try:
        data: Any = read_source(path, str(path)).data
    except PolicyFaults:
        return ()
    entries = data.get("issuers") if isinstance(data, dict) else None
    issuers = (entry for entry in (entries if isinstance(entries, list) else ()) if isinstance(entry, dict))
    return tuple(Path(str(entry["root_certificates"])) for entry in issuers if entry.get("root_certificates"))


def _issuer(entry: Mapping[str, Any]) -> Issuer:
    audience = entry["audience"]
    roots = entry.get("root_certificates")
    return Issuer(
        url=entry["issuer"],
        audiences=(audience,) if isinstance(audience, str) else tuple(audience),
        jwks_url=entry.get("jwks_url", ""),
        client_id=entry.get("client_id", ""),
        name=entry.get("name", "sub"),
        prefix=entry.get("prefix", ""),
        algorithms=tuple(entry.get("algorithms", DEFAULT_ALGORITHMS)),
        leeway=_span(entry.get("leeway")) or 0 if "leeway" in entry else DEFAULT_LEEWAY,
        authorities=Path(roots).read_bytes() if roots else None,
        mappings=tuple(Mapping_(each["claim"], each["value"], rights_of(each)) for each in entry["map"]),
        label=entry.get("label", ""),
        scopes=tuple(entry.get("scopes", DEFAULT_SCOPES)),
        origins=tuple(entry.get("origins", ())),
    )


def _certificate(entry: Mapping[str, Any]) -> Certificate:
    return Certificate(entry["name"], entry["principal"], rights_of(entry))


def _faults(source: Source) -> Iterator[PolicyFault]:
    data = source.data
    if not isinstance(data, dict) or not data:
        yield source.fault((), "must have `issuers` or `certificates`", "issuers: [{issuer: https://…, audience: …}]")
        return
    yield from key_faults(source, (), data, _KEYS)
    yield from _each(source, data, "issuers", _ISSUER, _issuer_faults, ("issuer", "audience", "map"))
    yield from _each(source, data, "certificates", _CERTIFICATE, _certificate_faults, ("name", "principal", "roles"))
    yield from _doubles(source, data, "issuers", "issuer")
    yield from _doubles(source, data, "certificates", "name")


def _each(
    source: Source, data: Mapping[str, Any], key: str, known: Sequence[str], look: Any, needed: Sequence[str]
) -> Iterator[PolicyFault]:
    entries = data.get(key, [])
    if not isinstance(entries, list):
        yield source.fault((key,), f"`{key}` must be a list", f"entries with {one_of(needed)}")
        return
    for index, entry in enumerate(entries):
        yield from _entry_faults(source, (key, index), entry, known, look, needed)


def _entry_faults(
    source: Source, path: Path_, entry: Any, known: Sequence[str], look: Any, needed: Sequence[str]
) -> Iterator[PolicyFault]:
    if not isinstance(entry, dict):
        yield source.fault(path, "must be an entry", f"keys {one_of(tuple(known))}")
        return
    yield from key_faults(source, path, entry, known)
    for name in needed:
        if name not in entry:
            yield source.fault(path, f"`{name}` is missing")
    yield from look(source, path, entry)


def _doubles(source: Source, data: Mapping[str, Any], key: str, name: str) -> Iterator[PolicyFault]:
    seen: dict[str, int] = {}
    entries = data.get(key)
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        value = entry.get(name) if isinstance(entry, dict) else None
        if isinstance(value, str) and seen.setdefault(value, index) != index:
            first = source.values[(key, seen[value], name)].line
            yield source.fault((key, index, name), f"is the same as in line {first}", "one entry for each")


def _issuer_faults(source: Source, path: Path_, entry: Mapping[str, Any]) -> Iterator[PolicyFault]:
    for key in ("issuer", "jwks_url"):
        if key in entry and (fault := url_fault(entry[key], query=key == "jwks_url")):
            yield source.fault((*path, key), *fault)
    if "audience" in entry and not _texts(entry["audience"]):
        yield source.fault((*path, "audience"), "is no audience", "what the issuer puts into `aud`, or a list of such")
    for key in ("client_id", "name"):
        if key in entry and not _text(entry[key]):
            yield source.fault((*path, key), f"`{key}` must be a word", "printable characters without spaces")
    if "prefix" in entry and not (isinstance(entry["prefix"], str) and _PREFIX.fullmatch(entry["prefix"])):
        yield source.fault((*path, "prefix"), "is no prefix", "such as `okta:`; at most 64 characters")
    elif is_ours(entry.get("prefix", "")):
        yield source.fault((*path, "prefix"), "is what the server calls itself", "another one, such as `okta:`")
    yield from _page_faults(source, path, entry)
    yield from _algorithm_faults(source, (*path, "algorithms"), entry.get("algorithms", ["RS256"]))
    if "leeway" in entry and _span(entry["leeway"]) is None:
        yield source.fault((*path, "leeway"), "is no span", "0s to 5m")
    if "root_certificates" in entry:
        yield from _roots_fault(source, (*path, "root_certificates"), entry["root_certificates"])
    yield from _map_faults(source, (*path, "map"), entry.get("map", []), given="map" in entry)


def _page_faults(source: Source, path: Path_, entry: Mapping[str, Any]) -> Iterator[PolicyFault]:
    for key in ("label", "scopes", "origins"):
        if key in entry and "client_id" not in entry:
            yield source.fault((*path, key), f"`{key}` is for the page, which needs a `client_id`")
    label, scopes, origins = entry.get("label", "x"), entry.get("scopes", []), entry.get("origins", [])
    if not (isinstance(label, str) and label.isprintable() and 0 < len(label) <= _LONGEST_LABEL):
        yield source.fault((*path, "label"), "is no label", "what people call the issuer, at most 64 characters")
    if not (isinstance(scopes, list) and all(map(_text, scopes)) and ("scopes" not in entry or "openid" in scopes)):
        yield source.fault((*path, "scopes"), "must be a list with `openid`", "[openid, offline_access]")
    if not (isinstance(origins, list) and all(map(_is_origin, origins))):
        yield source.fault((*path, "origins"), "must be a list of origins", "[https://HOST]")


def _is_origin(text: Any) -> bool:
    return url_fault(text) is None and origin_of(text) == text


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as browsers compare them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _algorithm_faults(source: Source, path: Path_, names: Any) -> Iterator[PolicyFault]:
    if not isinstance(names, list) or not names:
        yield source.fault(path, "`algorithms` must be a list", f"some of {one_of(ALGORITHMS)}")
        return
    for place, name in enumerate(names):
        if name not in ALGORITHMS:
            secret = str(name).upper() == "NONE" or str(name).upper().startswith("HS")
            known = did_you_mean(str(name), ALGORITHMS) or one_of(ALGORITHMS)
            why = f"`{name}` proves nothing about who signed" if secret else f"unknown algorithm `{name}`"
            yield source.fault((*path, place), why, one_of(DEFAULT_ALGORITHMS) if secret else known)


def _roots_fault(source: Source, path: Path_, name: Any) -> Iterator[PolicyFault]:
    try:
        pem = Path(str(name)).read_bytes()
    except OSError as error:
        yield source.fault(path, f"can't be read: {error.strerror}", "a PEM file of certificates")
        return
    if b"-----BEGIN CERTIFICATE-----" not in pem:
        yield source.fault(path, "holds no certificate", "a PEM file of certificates")


def _map_faults(source: Source, path: Path_, entries: Any, *, given: bool) -> Iterator[PolicyFault]:
    if not isinstance(entries, list) or (given and not entries):
        yield source.fault(path, "`map` must be a list", "- claim: groups, with value and roles")
        return
    for index, entry in enumerate(entries):
        yield from _entry_faults(source, (*path, index), entry, _MAP, _mapping_faults, ("claim", "value"))
    if given and not any(isinstance(entry, dict) and entry.get("roles") for entry in entries):
        yield source.fault(path, "gives nobody a role", "roles: [reviewer], for example, in one of the entries")


def _mapping_faults(source: Source, path: Path_, entry: Mapping[str, Any]) -> Iterator[PolicyFault]:
    if "claim" in entry and not _text(entry["claim"]):
        yield source.fault((*path, "claim"), "is no claim", "its name, or a path such as realm_access.roles")
    if "value" in entry and not (isinstance(entry["value"], str | int) and entry["value"] != ""):
        yield source.fault((*path, "value"), "is no value", "a word, a whole number, true or false")
    if not any(entry.get(key) for key in RIGHTS) and not any(key in entry for key in RIGHTS):
        yield source.fault(path, "gives no rights", f"one of {one_of(RIGHTS)}")
    yield from rights_faults(source, path, entry)


def _certificate_faults(source: Source, path: Path_, entry: Mapping[str, Any]) -> Iterator[PolicyFault]:
    name = entry.get("name")
    if "name" in entry and not (isinstance(name, str) and _SUBJECT.fullmatch(name)):
        advice = "CN=refunds,O=Example, DNS:HOST, URI:spiffe://DOMAIN/PATH or email:ADDRESS"
        yield source.fault((*path, "name"), "is no name of a certificate", advice)
    if "principal" in entry:
        yield from name_fault(source, (*path, "principal"), entry["principal"])
    yield from rights_faults(source, path, entry)


def url_fault(url: Any, *, query: bool = False) -> tuple[str, str] | None:
    """Why an issuer can't be there; None where one can. Plain HTTP is for this machine alone."""
    try:
        parts = urlsplit(str(url))
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is no address", "https://HOST/PATH"
    if not isinstance(url, str) or parts.scheme not in ("https", "http") or not host or not _TEXT.fullmatch(url):
        return "is no address", "https://HOST/PATH"
    if parts.username is not None or parts.fragment or (parts.query and not query):
        return "holds a user, a query or a fragment", "https://HOST/PATH"
    if not _HOST.fullmatch(parts.netloc):
        return "is no address", "https://HOST/PATH"
    if parts.scheme == "http" and not _loopback(host):
        return "is not encrypted", "https://; http:// is for 127.0.0.1 and localhost"
    return None


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _text(value: Any) -> bool:
    return isinstance(value, str) and _TEXT.fullmatch(value) is not None


def _texts(value: Any) -> bool:
    return _text(value) or (isinstance(value, list) and bool(value) and all(map(_text, value)))


def _span(text: Any) -> int | None:
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    span = int(found[1]) * (SECOND if found[2] == "s" else MINUTE)
    return span if span <= MOST_LEEWAY else None
