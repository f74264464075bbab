"""`andon token`: makes, lists, rotates and revokes the tokens of the token file."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from andon.config import ConfigError, resolve
from andon.domain.clock import DAY, SECOND, SystemClock
from andon.units import parse_span

if TYPE_CHECKING:
    from andon.auth.entries import TokenEntry

_DONE: Final = 0
_FAILED: Final = 1
_SOON: Final = 7 * DAY
_LATEST: Final = 253_402_300_799 * SECOND  # the end of the year 9999
_LISTS: Final = (
    ("role", "roles", "a role: submitter, reviewer, lead, auditor, policy_owner or admin"),
    ("queue", "queues", "a queue it works in, or '*' for all"),
    ("skill", "skills", "a skill, or '*' for all"),
    ("group", "groups", "a team, by which policies tell conflicts of interest"),
    ("action", "actions", "what it covers, such as refund.issue or 'refund.*'; without one, all actions"),
)
_HELP: Final = {
    "make": "make a token and print it, this once",
    "list": "list the tokens by id, with what they may do and when they end",
    "revoke": "remove a token, or all of a principal",
    "rotate": "make a token in the place of another, which goes on for a while",
}


def add_parser(commands: Any) -> None:
    """Adds `token` and what it can do."""
    parser = commands.add_parser(
        "token",
        help="make, list, rotate and revoke tokens",
        description="Works on the token file, which holds hashes alone; servers take a change within a moment. "
        "Comments and order in the file stay as they are.",
    )
    actions = parser.add_subparsers(dest="verb", required=True, metavar="ACTION")
    for name, words in _HELP.items():
        action = actions.add_parser(name, help=words, description=f"{words[:1].upper()}{words[1:]}.")
        action.add_argument("--config", type=Path, metavar="FILE", help="TOML file of settings (or ANDON_CONFIG)")
        action.add_argument("--tokens", type=Path, metavar="FILE", help="the token file; by default the setting tokens")
        _ARGUMENTS[name](action)
        action.set_defaults(run=run)


def _of_make(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("principal", help="whose token it is; one principal may have several")
    for flag, key, words in _LISTS:
        parser.add_argument(
            f"--{flag}", dest=key, action="append", default=[], required=flag == "role", metavar="NAME", help=words
        )
    _add_end(parser)
    parser.add_argument("--note", default="", help="a line for those who read the file")


def _of_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def _of_revoke(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("which", metavar="ID|PRINCIPAL", help="the id, or its first six characters or more, or a name")


def _of_rotate(parser: argparse.ArgumentParser) -> None:
    _of_revoke(parser)
    parser.add_argument(
        "--overlap", default="24h", metavar="SPAN", help="how long the old one goes on; 0s where it has leaked (24h)"
    )
    _add_end(parser)


def _add_end(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--expires", metavar="WHEN", help="when it ends: a span such as 90d, a date, or a time")


_ARGUMENTS: Final = {"make": _of_make, "list": _of_list, "revoke": _of_revoke, "rotate": _of_rotate}


def run(options: argparse.Namespace) -> int:
    """Does one thing; 1 with a clear word on stderr where it can't be done, and then nothing is changed."""
    from andon.auth.editing import Unknown
    from andon.auth.entries import TokenFileError

    try:
        path = options.tokens or resolve({}, os.environ, options.config).settings.tokens
        _VERBS[options.verb](path, options)
    except ConfigError as error:
        return _refuse(*error.faults)
    except TokenFileError as error:
        return _refuse(*str(error).splitlines())
    except (Unknown, ValueError) as error:
        return _refuse(str(error))
    return _DONE


def _make(path: Path, options: argparse.Namespace) -> None:
    from andon.auth.changes import token_id
    from andon.auth.editing import add
    from andon.auth.rights import HUMAN
    from andon.auth.tokens import fingerprint, new_token

    token = new_token()
    entry = _entry(options, fingerprint(token))
    add(path, entry)
    if HUMAN.intersection(options.roles) and not options.queues:
        print("andon: without --queue no task ever arrives", file=sys.stderr)
    _show(token, f"{token_id(fingerprint(token))} for {options.principal}", path)


def _entry(options: argparse.Namespace, digest: str) -> TokenEntry:
    """Raises ValueError where a flag is none of what it may be."""
    from andon.auth.entries import MOST_NOTE, TokenEntry
    from andon.auth.rights import NAME, is_ours, rights_of, word_fault

    given = {key: getattr(options, key) for _, key, _ in _LISTS if getattr(options, key)}
    for flag, key, _ in _LISTS:
        for word in given.get(key, ()):
            if fault := word_fault(key, word):
                raise ValueError(f"--{flag} {word}: {fault[0]}; instead: {fault[1]}")
    if not NAME.fullmatch(options.principal) or is_ours(options.principal):
        raise ValueError(f"{options.principal!r} is no name; letters, digits, and . _ @ + - inside; at most 128")
    if len(options.note) > MOST_NOTE or not options.note.isprintable():
        raise ValueError(f"--note must be one line, of at most {MOST_NOTE} characters")
    principal = rights_of(given).of(options.principal, expire_time=_until(options.expires), credential=digest)
    return TokenEntry(digest, principal, options.note)


def _show(token: str, what: str, path: Path) -> None:
    """The token goes to stdout alone, so that it can be piped to where it is kept."""
    print(f"Token {what}, shown this once ({path} keeps its hash):", file=sys.stderr, flush=True)
    print(token)


def _list(path: Path, options: argparse.Namespace) -> None:
    from andon.auth.editing import read

    rows = [_row(entry) for entry in read(path).all]
    if options.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    table: list[tuple[str, ...]] = [
        ("ID", "PRINCIPAL", "ROLES", "QUEUES", "SKILLS", "GROUPS", "ACTIONS", "EXPIRES", "NOTE")
    ]
    table += [tuple(_cell(row[key.lower()]) for key in table[0]) for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        print("  ".join(map(str.ljust, line, widths)).rstrip())


def _row(entry: TokenEntry) -> dict[str, Any]:
    from andon.auth.changes import token_id
    from andon.auth.rights import RIGHTS, in_words

    end = entry.principal.expire_time
    return {
        "id": token_id(entry.digest),
        "principal": entry.principal.name,
        **{key: sorted(getattr(entry.principal, key)) for key in RIGHTS},
        "expire_time": None if end is None else in_words(end),
        "state": _state(end),
        "expires": "never" if end is None else f"{in_words(end)} ({_state(end)})",
        "note": entry.note,
    }


def _state(end: int | None) -> str:
    left = _SOON if end is None else end - SystemClock().now()
    return "expired" if left <= 0 else "active" if left >= _SOON else "ends soon"


def _cell(value: Any) -> str:
    return (", ".join(value) or "-") if isinstance(value, list) else str(value) or "-"


def _revoke(path: Path, options: argparse.Namespace) -> None:
    from andon.auth.changes import token_id
    from andon.auth.editing import remove

    for entry in remove(path, options.which):
        print(f"Revoked {token_id(entry.digest)} of {entry.principal.name}.")


def _rotate(path: Path, options: argparse.Namespace) -> None:
    from andon.auth.changes import token_id
    from andon.auth.editing import Unknown, replace_one
    from andon.auth.rights import in_words
    from andon.auth.tokens import fingerprint, new_token

    token, end, overlap = new_token(), _until(options.expires), parse_span(options.overlap)
    until = SystemClock().now() + overlap if overlap else None
    old: list[TokenEntry] = []

    def successor(entry: TokenEntry) -> TokenEntry:
        ends = entry.principal.expire_time
        if ends is not None and end is None:
            raise Unknown(f"{token_id(entry.digest)} ends on {in_words(ends)}; say --expires for the new one")
        old.append(entry)
        principal = replace(entry.principal, expire_time=end, credential=fingerprint(token))
        return replace(entry, digest=fingerprint(token), principal=principal)

    replace_one(path, options.which, successor, until)
    (entry,) = old
    ends = [each for each in (until, entry.principal.expire_time) if each is not None]
    gone = "is revoked" if until is None else f"goes on until {in_words(min(ends))}"
    print(f"{token_id(entry.digest)} of {entry.principal.name} {gone}.", file=sys.stderr)
    _show(token, f"{token_id(fingerprint(token))} for {entry.principal.name}", path)


_VERBS: Final = {"make": _make, "list": _list, "revoke": _revoke, "rotate": _rotate}


def _until(when: str | None) -> int | None:
    """When a token ends, in µs, by a span from now or a time; None for never. Raises ValueError."""
    from andon.auth.rights import in_words, moment

    if when is None:
        return None
    now, until = SystemClock().now(), moment(when)
    if until is None:
        try:
            until = now + parse_span(when)
        except ValueError:
            raise ValueError("--expires must be a span such as 90d, a date such as 2027-01-31, or a time") from None
    if until > _LATEST:
        raise ValueError(f"--expires {when} is too far away")
    if until <= now:
        raise ValueError(f"--expires {in_words(until)} is over")
    return until


def _refuse(*faults: str) -> int:
    for fault in faults:
        print(f"andon: {fault}", file=sys.stderr)
    return _FAILED
