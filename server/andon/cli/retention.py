"""`andon retention`: exports old decisions to files and removes them from the store."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

from andon.cli import exported
from andon.config import KEYS, ConfigError, Resolved, resolve
from andon.domain.clock import DAY
from andon.policy.model import ACTION
from andon.units import SPAN, bounded

_DONE: Final = 0
_FAILED: Final = 1
_SETTINGS: Final = ("store", "policies")
_SPAN: Final = bounded(SPAN, 30 * DAY)
_PATTERN: Final = re.compile(rf"[*]|{ACTION}([.][*])?")


def add_parser(commands: Any) -> None:
    """Adds `retention`."""
    parser = commands.add_parser(
        "retention",
        help="export old decisions and remove them from the store",
        description="Writes whole months of decisions that have ended, with their tasks, verdicts and ledger entries, "
        "to files, reads them back, and then removes them from the store. What a policy's `keep` or --keep names "
        "stays, as does what has not ended or is under a legal hold; so does the ledger. It can be run again after "
        "any interruption. On PostgreSQL servers work on meanwhile; the server of a SQLite file must be stopped.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file of settings (or ANDON_CONFIG)")
    for key in map(KEYS.__getitem__, _SETTINGS):
        parser.add_argument(key.flag, dest=f"set_{key.name}", metavar="VALUE", help=f"{key.doc} As the servers' own.")
    parser.add_argument(
        "--older-than",
        type=_span,
        metavar="SPAN",
        help="Only months that ended so long ago: 400d; 30d at least.",
    )
    parser.add_argument("--export", type=Path, metavar="DIR", help="Where the files go; made where it is not there.")
    parser.add_argument(
        "--keep",
        action="append",
        type=_pattern,
        default=[],
        metavar="ACTION",
        help="Keep this action, or a pattern such as payment.*; may be repeated.",
    )
    parser.add_argument("--dry-run", action="store_true", help="Only say what would be done.")
    parser.set_defaults(run=partial(run, parser))
    exported.add_parser(parser.add_subparsers(dest="action", metavar="show"))


def run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Retires; 1 with a clear word on stderr where it can't, or where a month could not be cut."""
    if options.older_than is None or options.export is None:
        parser.error("--older-than and --export are needed")
    given = {name: value for name in _SETTINGS if (value := getattr(options, f"set_{name}")) is not None}
    try:
        resolved = resolve(given, os.environ, options.config)
    except ConfigError as error:
        return _refuse(*error.faults)
    if resolved.sources["policies"] == "default":
        return _refuse("name the policies that the servers use, with --policies: they may say what to keep")
    return asyncio.run(_retire(resolved, options))


async def _retire(resolved: Resolved, options: argparse.Namespace) -> int:
    from andon.engines import open_archive
    from andon.policy.faults import PolicyFaults
    from andon.policy.load import load_policies
    from andon.retention.files import ExportDamaged, make
    from andon.retention.keep import Keep, spans_of
    from andon.retention.run import Order
    from andon.rpc.facts import decision_environment
    from andon.store.archive import ArchiveFault
    from andon.store.errors import StoreUnusable

    try:
        policies = load_policies(resolved.settings.policies, decision_environment())
        if not options.dry_run:
            make(options.export)
        archive = await open_archive(resolved.settings.store)
    except (PolicyFaults, StoreUnusable, OSError) as error:
        return _refuse(*str(error).splitlines())
    keep = Keep(options.keep, spans_of(policies))
    try:
        return await _report(archive, Order(options.older_than, options.export, keep, options.dry_run))
    except (ExportDamaged, ArchiveFault, OSError) as error:
        return _refuse(str(error))
    finally:
        await archive.close()


async def _report(archive: Any, order: Any) -> int:
    from andon.retention.run import Result, retire

    done = _DONE
    async for report in retire(archive, order):
        print(_line(report), flush=True)
        if report.result is Result.CHANGING:
            done = _FAILED
    if not order.dry_run and (room := await archive.shrink()) is not None:
        print(_said(room))
    return done


def _said(room: Any) -> str:
    if room.freed:
        return f"gave {room.freed:,} bytes back to the disk"
    free = f"{room.left:,} bytes are free in the file, and used for what comes"
    return f"{free}; to give them back takes {room.needed:,} on the disk for a while, and there is less"


def _line(report: Any) -> str:
    census, result = report.census, report.result
    stay = census.decisions - census.retirable
    why = [f"{census.open:,} not ended"] if census.open else []
    why += [f"{census.on_hold:,} under a legal hold"] if census.on_hold else []
    why += report.kept
    rest = f"; {stay:,} stay ({', '.join(why) or 'open tasks'})" if stay else ""
    said = {
        "retired": report.manifest and f"retired {report.manifest.decisions:,} into {report.manifest.file}",
        "would retire": f"would retire {census.retirable:,}",
        "kept": "nothing to retire",
        "changing": "decisions change while they are exported; nothing is removed, run it again",
    }[result]
    return f"{report.month}  {said}{rest}"


def _span(text: str) -> int:
    try:
        return _SPAN.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _pattern(text: str) -> str:
    if _PATTERN.fullmatch(text) is None:
        raise argparse.ArgumentTypeError("must be an action such as refund.issue, or refund.*, or *")
    return text


def _refuse(*faults: str) -> int:
    for fault in faults:
        print(f"andon: {fault}", file=sys.stderr)
    return _FAILED
