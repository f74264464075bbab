"""`andon erase` and `andon hold`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, Final

from andon_client.cli.common import Exit, UsageError, add_command
from andon_client.cli.text import clean, print_json, table, until
from andon_client.client import Client
from andon_client.privacy import Erasure, LegalHold

_HEADS: Final = ("PLACED", "BY", "ON", "REASON", "RELEASED", "NAME")
_DECISIONS: Final = "decisions/"
_HOLDS: Final = "legalHolds/"
_YES: Final = frozenset({"y", "yes"})


def add(subparsers: Any) -> None:
    """Adds the commands."""
    parser = add_command(subparsers, "erase", erase, role="admin", help="erase the personal data of decisions")
    parser.add_argument("decision", nargs="?", metavar="DECISION", help="the one to erase, decisions/…")
    parser.add_argument("--subject", metavar="S", help="erase all about this subject (attributes.subject)")
    parser.add_argument("--reason", default="", help="why, for the ledger; name no person: it is never erased")
    parser.add_argument("--dry-run", action="store_true", help="say what would be erased, and erase nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    parser = add_command(subparsers, "hold", hold, role="auditor", help="place, release and list legal holds")
    parser.add_argument("verb", choices=["place", "release", "list"], metavar="place|release|list", help="what to do")
    parser.add_argument("name", nargs="?", metavar="NAME", help="place: the decision; release: the hold")
    parser.add_argument("--subject", default="", metavar="S", help="place: on all about this subject")
    parser.add_argument("--action", default="", metavar="PATTERN", help="place: on all of this action; refund.* or *")
    parser.add_argument("--reason", default="", help="why; place needs it")
    parser.add_argument("--released", action="store_true", help="list: also those that were released")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")


async def erase(options: argparse.Namespace, client: Client) -> int:
    """Erase the personal data of one decision, or of all about a subject. What proves that they were decided stays.

    What is open or under a legal hold is left and named. Exit code 0: nothing is left, 1: something is, 4: nothing is
    known of the subject (it is written otherwise, or was erased before).
    """
    decision, subject = _target(options)
    before = await client.erase(decision=decision, subject=subject, validate_only=True)
    if subject and _is_unknown(before):
        return _unknown(options, before)
    if not options.dry_run and before.erased and not options.yes:
        _ask(before.erased)
    done = before
    if not options.dry_run:
        done = await client.erase(decision=decision, subject=subject, reason=options.reason)
    if options.json:
        print_json(done)
    else:
        print("\n".join(_told(done, dry=options.dry_run)))
    return Exit.REFUSED if done.open_count or done.held_count else Exit.OK


async def hold(options: argparse.Namespace, client: Client) -> int:
    """Place, release or list legal holds: what is held is neither erased nor retired, also what is yet to come."""
    found = await _holds(options, client)
    if options.json:
        for one in found:
            print_json(one)
    else:
        print(table(_HEADS, map(_row, found)) if found else "no legal holds")
    return Exit.OK


def _target(options: argparse.Namespace) -> tuple[str, str]:
    if (options.decision is None) == (options.subject is None):
        raise UsageError("say what to erase: andon erase DECISION, or andon erase --subject S")
    if options.decision is not None:
        return _named(_DECISIONS, options.decision), ""
    return "", str(options.subject)


def _is_unknown(found: Erasure) -> bool:
    return not (found.erased or found.earlier or found.open_count or found.held_count)


def _unknown(options: argparse.Namespace, found: Erasure) -> Exit:
    if options.json:
        print_json(found)
    print("nothing was erased: nothing is known of this subject (any more)", file=sys.stderr)
    return Exit.FAILED


def _ask(count: int) -> None:
    if not sys.stdin.isatty():
        raise UsageError("nothing was erased: add --yes where nobody can be asked")
    if input(f"Erase the personal data of {_decisions(count)} for ever? [y/N] ").strip().lower() not in _YES:
        raise UsageError("nothing was erased")


def _told(done: Erasure, *, dry: bool) -> list[str]:
    lines = [f"{'would erase' if dry else 'erased'} {_decisions(done.erased)}"]
    if done.earlier:
        lines.append(f"{_decisions(done.earlier)} erased before")
    if done.key_destroyed:
        lines.append("the subject's key was destroyed: copies of what was encrypted with it can't be read any more")
    lines += _left("open", done.open_count, done.open)
    return lines + _left("under a legal hold", done.held_count, done.held)


def _left(why: str, count: int, names: Sequence[str]) -> list[str]:
    if not count:
        return []
    more = [f"  and {count - len(names)} more"] if count > len(names) else []
    return [f"left {_decisions(count)}, {why}:", *(f"  {clean(name)}" for name in names), *more]


def _decisions(count: int) -> str:
    return "1 decision" if count == 1 else f"{count} decisions"


async def _holds(options: argparse.Namespace, client: Client) -> list[LegalHold]:
    if options.verb == "list":
        return [one async for one in client.holds(released=options.released)]
    if options.verb == "release":
        if not options.name:
            raise UsageError("name the hold, as `andon hold list` shows it: andon hold release NAME")
        return [await client.release_hold(_named(_HOLDS, options.name), reason=options.reason)]
    decision = _named(_DECISIONS, options.name) if options.name else ""
    given = [value for value in (decision, options.subject, options.action) if value]
    if len(given) != 1 or not options.reason:
        raise UsageError("say what to hold, and why: a decision, --subject or --action, and --reason")
    place = {"decision": decision, "subject": options.subject, "action": options.action}
    return [await client.hold(reason=options.reason, **place)]


def _named(prefix: str, name: str) -> str:
    return prefix + name.removeprefix(prefix)


def _row(one: LegalHold) -> tuple[str, ...]:
    on = one.decision or (f"subject {one.subject}" if one.subject else f"action {one.action}" if one.action else "")
    released = until(one.release_time) if one.release_time else ""
    return (until(one.create_time), one.creator, on or "a subject that was erased", one.reason, released, one.name)
