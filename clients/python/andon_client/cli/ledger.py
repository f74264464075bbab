"""`andon ledger`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from andon_client._ledger_file import LedgerWriter, verify_file
from andon_client._words import words_hash
from andon_client.cli.common import Exit, UsageError, add_command
from andon_client.cli.text import clean
from andon_client.client import Client
from andon_client.inclusion import InclusionProof, signer
from andon_client.ledger import LedgerFault, LedgerProof, LedgerVerifier
from andon_client.notes import Note, VerifierKey

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_KEYS: Final = LedgerFault(0, "the server publishes no key, so it has no ledger that can be proved")
_SAME_SOURCE: Final = (
    "The key came from the same source as the ledger, so this proves no more than that source is worth. Pin it: "
    "--key {key}"
)


def add(subparsers: Any) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "ledger",
        help="export the ledger, and prove that it is whole",
        description="The record of all that happened: entries that are chained by their hashes, and signed checkpoints "
        "over them.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", help="what to do with it")
    out = add_command(actions, "export", export, role="auditor", help="write the ledger as JSON lines")
    out.add_argument("file", type=Path, metavar="FILE", help="where to; it is replaced when all is written")
    check = add_command(actions, "verify", verify, role="auditor", help="prove a server's ledger, or an exported one")
    check.add_argument("file", type=Path, nargs="?", metavar="FILE", help="an exported ledger; needs no server")
    check.add_argument("--key", action="append", default=[], help="trust this verifier key alone; may be repeated")
    check.add_argument(
        "--checkpoint", action="append", default=[], type=Path, metavar="NOTE_FILE",
        help="a checkpoint that was kept elsewhere; may be repeated",
    )  # fmt: skip
    online = check.get_default("run")
    check.set_defaults(run=lambda options: _verify_file(options) if options.file else online(options))
    _add_proofs(actions)
    point = add_command(actions, "checkpoint", checkpoint, role="auditor", help="print the newest signed checkpoint")
    point.add_argument("--out", type=Path, metavar="FILE", help="write it here instead")


def _add_proofs(actions: Any) -> None:
    one = add_command(actions, "prove", prove, role="auditor", help="prove that one entry is under a signed checkpoint")
    one.add_argument("sequence", type=int, metavar="SEQUENCE", help="the entry's place in the ledger, from 1")
    one.add_argument(
        "--size", type=int, default=0, metavar="N", help="under the checkpoint over so many entries, not the newest"
    )
    one.add_argument("--out", type=Path, metavar="FILE", help="write the proof here instead")
    one.add_argument("--key", action="append", default=[], help="trust this verifier key alone; may be repeated")
    kept = actions.add_parser(
        "verify-proof",
        help="check a proof that was kept, without a server",
        description="Check what andon ledger prove has written: that the entry has its hash, that the hash leads to "
        "the root of the checkpoint, and that this is signed. Needs no server.",
    )
    kept.add_argument("file", type=Path, metavar="FILE", help="the proof")
    kept.add_argument("--key", action="append", default=[], help="trust this verifier key alone; may be repeated")
    kept.add_argument("--checkpoint", type=Path, metavar="NOTE_FILE", help="a checkpoint that was kept elsewhere")
    kept.set_defaults(run=_verify_proof)


async def export(options: argparse.Namespace, client: Client) -> int:
    """Write the whole ledger to a file of JSON lines: the keys, every entry as it is hashed, and the checkpoints. The
    file is there when it is complete, and not before."""
    keys = await client.verifier_keys()
    if not keys:
        return _refused(_NO_KEYS)
    with LedgerWriter(options.file, keys[0].name, keys) as file:
        async with aclosing(client.ledger()) as ledger:
            async for each in ledger:
                if isinstance(each, str):
                    file.checkpoint(each)
                else:
                    file.entry(each)
    print(f"{file.entries:,} entries and {file.checkpoints:,} checkpoints in {options.file}")
    return Exit.OK


async def verify(options: argparse.Namespace, client: Client) -> int:
    """Prove that the ledger is whole: that no entry was edited, left out, put in, moved or cut off. Reads it from the
    server, or from a file that `andon ledger export` has written. Names the first entry that does not fit, and ends
    with 1."""
    pinned = _pinned(options)
    keys = await client.verifier_keys()
    if not keys:
        return _refused(_NO_KEYS)
    try:
        verifier = LedgerVerifier(keys[0].name, keys, pinned)
        for note in _kept(options):
            verifier.keep(note)
        async with aclosing(client.ledger()) as ledger:
            async for each in ledger:
                if isinstance(each, str):
                    verifier.expect(each)
                else:
                    verifier.follow(each)
        return _told(verifier.finish(), options)
    except LedgerFault as fault:
        return _refused(fault)


async def prove(options: argparse.Namespace, client: Client) -> int:
    """Prove that one entry of the ledger is under a signed checkpoint, without reading the ledger, and check the proof.
    Prints it as a JSON document that andon ledger verify-proof checks without a server. Exit code 1: it is not
    proved."""
    if options.sequence < 1 or options.size < 0:
        raise UsageError("SEQUENCE is from 1, and --size from 0")
    pinned = _pinned(options)
    proof = await client.inclusion_proof(options.sequence, tree_size=options.size)
    try:
        note = proof.verify(pinned or proof.keys)
        if proof.sequence != options.sequence or options.size not in (0, note.size):
            raise LedgerFault(options.sequence, "the server proved something else")
    except LedgerFault as fault:
        return _refused(fault)
    if options.out is None:
        print(proof.as_json(), end="")
    else:
        replace_file(options.out, proof.as_json())
        print(f"entry {proof.sequence:,} is under the checkpoint over {note.size:,} entries; proof in {options.out}")
    return Exit.OK


async def checkpoint(options: argparse.Namespace, client: Client) -> int:
    """Print the newest signed checkpoint. Kept elsewhere, it proves later that nothing before it was changed or cut
    off: andon ledger verify --checkpoint FILE."""
    note = await client.checkpoint()
    if not note:
        print("andon: no checkpoint is signed yet", file=sys.stderr)
        return Exit.REFUSED
    if options.out is None:
        print(note, end="")
        return Exit.OK
    replace_file(options.out, note)
    print(f"checkpoint over {Note.parse(note).size:,} entries in {options.out}")
    return Exit.OK


def _verify_file(options: argparse.Namespace) -> int:
    try:
        return _told(verify_file(options.file, _pinned(options), _kept(options)), options)
    except LedgerFault as fault:
        return _refused(fault)
    except UsageError as error:
        code, message = Exit.USAGE, str(error)
    except OSError as error:
        code, message = Exit.FAILED, str(error)
    print(f"andon: {clean(message)}", file=sys.stderr)
    return code


def _verify_proof(options: argparse.Namespace) -> int:
    try:
        pinned = _pinned(options)
        proof = InclusionProof.parse(options.file.read_text(encoding="utf-8"))
        kept = "" if options.checkpoint is None else options.checkpoint.read_text(encoding="utf-8")
        note = proof.verify(pinned or proof.keys, kept)
    except LedgerFault as fault:
        return _refused(fault)
    except (UsageError, OSError, UnicodeError) as error:
        print(f"andon: {clean(str(error))}", file=sys.stderr)
        return Exit.USAGE if isinstance(error, UsageError) else Exit.FAILED
    print(f"entry {proof.sequence:,} is under the checkpoint over {note.size:,} entries.")
    if proof.entry is None:
        print("Its content is not in the proof: its hash is what is proved.")
    elif not proof.entry.words and words_hash(proof.entry.body):
        print("What people wrote beside it is not in the proof: its hash is.")
    if not pinned:
        print(_SAME_SOURCE.format(key=clean(str(signer(note, proof.keys)))))
    return Exit.OK


def _told(proof: LedgerProof, options: argparse.Namespace) -> int:
    moment = (_EPOCH + timedelta(microseconds=proof.covered_time)).strftime("%Y-%m-%dT%H:%M:%SZ")
    entries = f"{proof.entries:,} {'entry fits' if proof.entries == 1 else 'entries fit'}"
    print(f"{entries}; the checkpoint of {moment} covers {proof.covered:,}.")
    if proof.erased:
        print(f"{proof.erased:,} of them {'has' if proof.erased == 1 else 'have'} lost what people wrote.")
    if proof.untold:
        print(f"Of {proof.untold:,} no erasure in the ledger tells: somebody removed it, or its key was destroyed.")
    if not options.key:
        print(_SAME_SOURCE.format(key=clean(str(proof.key))))
    return Exit.OK


def _refused(fault: LedgerFault) -> int:
    print(f"andon: {clean(str(fault))}", file=sys.stderr)
    return Exit.REFUSED


def _pinned(options: argparse.Namespace) -> list[VerifierKey]:
    try:
        return [VerifierKey.parse(text) for text in options.key]
    except ValueError as error:
        raise UsageError(f"--key {error}") from None


def _kept(options: argparse.Namespace) -> list[str]:
    notes = []
    for path in options.checkpoint:
        text = path.read_text(encoding="utf-8")
        try:
            Note.parse(text)
        except ValueError as error:
            raise UsageError(f"{path} {error}") from None
        notes.append(text)
    return notes


def replace_file(path: Path, text: str) -> None:
    """Writes a file whole or not at all, for its owner alone to read."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
