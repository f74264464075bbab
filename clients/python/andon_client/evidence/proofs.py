"""The sections that prove: the receipt, the ledger, and how to check all of it again."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from andon_client.evidence.check import FAILED, OK, Check, fault_of, is_sealed
from andon_client.evidence.markup import Markup, joined, table, tag
from andon_client.evidence.values import code, folded, preformatted, value, when
from andon_client.evidence.words import moment, stamp
from andon_client.notes import Note

Document = Mapping[str, Any]
_SAID: Final = {OK: "fits", FAILED: "DOES NOT FIT"}


def results(found: Sequence[Check]) -> Markup:
    """What this command has recomputed, and what it found."""
    rows = [(check.what, mark(check.state), check.words) for check in found]
    return table("What was recomputed when this file was made", ("What", "Result", "Found"), rows, named=True)


def mark(state: str) -> Markup:
    """A result in a word, coloured as well."""
    return tag("span", _SAID.get(state, state), class_={OK: "ok", FAILED: "failed"}.get(state, "open"))


def receipts(document: Document, found: Sequence[Check]) -> Iterator[Markup]:
    """The signed proof of each end."""
    checks = {check.what: check for check in found}
    if not document["receipts"]:
        yield tag("p", "The decision is still open: there is no receipt yet.")
    for each in document["receipts"]:
        what = f"Receipt of appeal {each['level']}" if each["level"] else "Receipt"
        yield tag("h3", what)
        check = checks[what]
        yield tag("p", mark(check.state), ": ", check.words)
        if each["receipt"]:
            yield from _receipt(each["receipt"])


def _receipt(text: str) -> Iterator[Markup]:
    header, claims = (_part(text, place) for place in (0, 1))
    if claims:
        rows = [(code(name), value(_claim(name, said))) for name, said in claims.items()]
        yield table("What the receipt says: its claims", ("Claim", "Value"), rows, named=True)
    yield tag(
        "p",
        "Signed with the key ",
        code(header.get("kid", "that it does not name")),
        ". The receipt itself, a JWS in compact form:",
    )
    yield preformatted(text)


def _claim(name: str, said: Any) -> Any:
    if name in ("iat", "exp") and isinstance(said, int):
        return f"{said} ({moment(stamp(said * 1_000_000))})"
    return said


def _part(text: str, place: int) -> dict[str, Any]:
    """A part of a JWS, as far as it can be read: nothing is believed of it here."""
    try:
        part = text.split(".")[place]
        said = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, IndexError):
        return {}
    return said if isinstance(said, dict) else {}


def ledger(document: Document, found: Sequence[Check]) -> Iterator[Markup]:
    """The entries about the decision, and what seals them."""
    told = document["ledger"]
    for check in found:
        if check.what in ("Ledger entries", "Whole ledger", "Entries under the checkpoint", "Checkpoint"):
            yield tag("p", tag("strong", check.what), ": ", mark(check.state), ". ", check.words)
    note = _note(told["checkpoint"])
    rows = [_entry(told, entry, note) for entry in told["entries"]]
    if rows:
        heads = ("Entry", "When", "What", "Who", "Hash", "By itself", "Under the checkpoint")
        yield table("The ledger's entries about this decision", heads, rows)
        yield tag("h3", "The entries as they are hashed")
        yield folded(f"{len(rows):,} entries, a JSON object a line", "\n".join(map(_line, told["entries"])))
        if told["proofs"]:
            yield tag("h3", "Inclusion proofs")
            yield folded("Paths to the checkpoint's root, by entry", json.dumps(told["proofs"], indent=1))
    if told["checkpoint"]:
        yield tag("h3", "The newest checkpoint")
        yield preformatted(told["checkpoint"].strip("\n"))


def _entry(told: Document, entry: Document, note: Note | None) -> tuple[object, ...]:
    sealed: object = "not yet"
    if note and entry["sequence"] <= note.size:
        sealed = mark(OK if is_sealed(told, entry, note) else FAILED)
    return (
        f"{entry['sequence']:,}",
        when(stamp(entry["time"])),
        value(entry["kind"]),
        value(entry["actor"]),
        tag("span", entry["hash"], class_="hash"),
        mark(FAILED if fault_of(entry) else OK),
        sealed,
    )


def _line(entry: Document) -> str:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))


def _note(text: str) -> Note | None:
    try:
        return Note.parse(text)
    except ValueError:
        return None


def again(document: Document) -> Iterator[Markup]:
    """How to check it without trusting this file."""
    name = document["decision"]["name"]
    identifier = name.partition("/")[2]
    yield tag(
        "p",
        "What this file says of itself proves nothing: whoever made it could have written anything. Get the server's "
        "public key from those who run it, by another way than this file, and repeat the checks with it.",
    )
    out = f"{identifier}.json"
    steps = (
        (
            "Make this file anew, believing that key alone. It names what does not fit, and ends with 1",
            f"andon evidence {name} --key KEY --out again.html",
        ),
        (
            "Fetch the receipt, and check it with keys that you keep. The check needs no server",
            f"andon receipt {name} --out receipt\nandon receipt verify receipt --key jwks.json --proof",
        ),
        (
            "Prove the whole ledger, and that it begins with a checkpoint that was kept elsewhere",
            "andon ledger verify --key KEY --checkpoint NOTE_FILE",
        ),
        (
            "Take the evidence away, and check it later without the server",
            f"andon evidence {name} --json --out {out}\nandon evidence {out} --key KEY --out again.html",
        ),
    )
    yield tag("ol", *(tag("li", said, ":", preformatted(command)) for said, command in steps))
    yield tag(
        "p",
        "Without Andon: a receipt is a JWS (RFC 7515, EdDSA), hashes are SHA-256 over canonical JSON (RFC 8785), the "
        "checkpoint is a C2SP signed note over a Merkle tree (RFC 6962).",
    )
    said = document["keys"]
    yield table(
        "Public keys that the server gave, as verifier keys", ("Key",), [(code(key),) for key in said["verifier_keys"]]
    )
    yield joined([folded("The same as a JSON Web Key Set", json.dumps(said["jwks"], indent=1))])
