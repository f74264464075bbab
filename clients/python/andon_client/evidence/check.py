"""Checking the evidence of a decision: whatever can be recomputed is, from the document alone."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, NamedTuple

from andon_client._canonical import digest
from andon_client._words import erased_by, fits, object_of, said_in, words_hash
from andon_client.errors import ReceiptError
from andon_client.evidence.merkle import root_of
from andon_client.masked import is_kept, kept_of
from andon_client.model import Attributes, Decision, Model, Route, Routing, State
from andon_client.notes import Note, VerifierKey
from andon_client.receipts import KeySet, payload_hash, verify_receipt

OK: Final = "ok"
FAILED: Final = "failed"
OPEN: Final = "not checked"
_WORDS: Final = (
    "The reasons' words and the policy's text are the server's word: the ledger has the ids of the rules, and the "
    "revision of the policies."
)
_CHANGES: Final = frozenset({"AMENDED", "REEVALUATED"})
_ERASED: Final = "decision.erased"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HASHED: Final = ("actor", "body_hash", "decision_id", "kind", "previous", "sequence", "task_id", "time")


class Check(NamedTuple):
    """One thing that was recomputed: `state` is OK, FAILED or OPEN, `words` says what was found."""

    what: str
    state: str
    words: str


def checked(document: Mapping[str, Any], pinned: Sequence[VerifierKey] = ()) -> list[Check]:
    """All checks of a document. With `pinned` no other key is believed, whatever the document says.

    Raises KeyError, TypeError, ValueError, AttributeError where it is no document of ours.
    """
    keys = list(pinned) or [VerifierKey.parse(text) for text in document["keys"]["verifier_keys"]]
    jwks = _jwks(pinned) if pinned else document["keys"]["jwks"]
    return [
        _payload(document),
        *_corrections(document),
        *_history(document),
        *_receipts(document, KeySet(jwks)),
        *_ledger(document),
        *_seal(document, keys),
        _whose(pinned),
        Check("Words", OPEN, _WORDS),
    ]


def hash_of(document: Mapping[str, Any]) -> str:
    """The hash of what was decided on, recomputed."""
    told, said = document["decision"], document["proposal"]
    proposal = Decision(
        name=told["name"],
        action=told["action"],
        state=State.RESOLVED,
        routing=Routing(Route.REVIEW),
        confidence=said["confidence"],
        model=Model(**said["model"]),
        attributes=Attributes(**said["attributes"]),
        input=said["input"],
        proposed=said["prediction"],
        reasoning=said["reasoning"],
        submitter=told["submitter"],
        on_behalf_of=told["on_behalf_of"],
    )
    return payload_hash(proposal)


def _hash_in(document: Mapping[str, Any]) -> str:
    """The hash that a receipt must have: recomputed, or as it was recorded where the proposal was erased or masked."""
    told = document["decision"]
    return str(told["payload_hash"]) if told.get("erase_time") or _kept(document) else hash_of(document)


def _kept(document: Mapping[str, Any], root: str = "") -> tuple[str, ...]:
    """What is kept from the role that the file was made with; with a root, only what is in it."""
    kept = tuple(document["decision"].get("masked_fields") or ())
    return kept_of(kept, root) if root else kept


def _not_checked(what: str, kept: Sequence[str]) -> Check:
    return Check(what, OPEN, f"Not checked: fields are kept from your role: {', '.join(kept)}.")


def _payload(document: Mapping[str, Any]) -> Check:
    what = "Hash of the proposal"
    if erased := document["decision"].get("erase_time"):
        return Check(what, OPEN, f"Not checked: the personal data of the proposal was erased on {erased[:10]}.")
    if kept := _kept(document):
        return _not_checked(what, kept)
    if hash_of(document) == document["decision"]["payload_hash"]:
        return Check(what, OK, "Recomputed from the proposal in this file; it is the hash that was recorded.")
    return Check(what, FAILED, "The proposal in this file does not have the hash that was recorded for it.")


def _corrections(document: Mapping[str, Any]) -> Iterator[Check]:
    """What can't be said of corrections. Where nothing of them is kept, they are checked with receipts and entries."""
    kept = _kept(document, "prediction")
    if kept and any(event["details"].get("corrected_prediction") is not None for event in document["events"]):
        yield _not_checked("Hash of the correction", kept)


def _history(document: Mapping[str, Any]) -> Iterator[Check]:
    if why := document.get("history_why"):
        yield Check("History", FAILED, f"The server can't tell all that happened to it: {why}.")


def _receipts(document: Mapping[str, Any], keys: KeySet) -> Iterator[Check]:
    if not document["receipts"]:
        yield Check("Receipt", OPEN, "The decision is still open: there is no receipt yet.")
    for each in document["receipts"]:
        level = each["level"]
        what = f"Receipt of appeal {level}" if level else "Receipt"
        if not each["receipt"]:
            yield Check(what, OPEN, f"The server gave none: {each['why']}")
            continue
        try:
            yield Check(what, OK, _verified(document, each["receipt"], level, keys))
        except ReceiptError as error:
            yield Check(what, FAILED, f"{error.message}.")


def _verified(document: Mapping[str, Any], text: str, level: int, keys: KeySet) -> str:
    """Raises ReceiptError."""
    told = document["decision"]
    gone = bool(told.get("erase_time"))
    appealed = {each["level"]: each["resolution"] for each in document["appeals"]}
    end: Mapping[str, Any] = appealed[level] if level else document["resolution"]
    found = verify_receipt(
        text, keys, decision=told["name"], payload_hash=_hash_in(document), level=level, to_act=False,
        prediction=None if gone or _kept(document, "prediction") else end["corrected_prediction"],
    )  # fmt: skip
    claims = found.claims
    if wrong := _unlike(claims, document, end):
        raise ReceiptError(f"its {wrong} is not what this file says")
    place = claims.get("ledger")
    entry = place and _entry(document, place["sequence"])
    if place and entry and entry["hash"] != place["hash"]:
        raise ReceiptError(f"it names another entry {place['sequence']:,} of the ledger than the one in this file")
    linked = " It names the ledger's entry that recorded the end, and that entry is here." if entry else ""
    about = "the hash that was recorded of its proposal" if gone or _kept(document) else "this proposal"
    return f"Genuine, and about this decision, {about} and this outcome.{linked}"


def _unlike(claims: Mapping[str, Any], document: Mapping[str, Any], end: Mapping[str, Any]) -> str:
    """The first claim that does not fit what the document says of the end; empty where all do."""
    told = {
        "action": document["decision"]["action"],
        "outcome": end["outcome"],
        "policy": document["routing"]["policy"],
        "revision": document["routing"]["policy_revision"],
        "resolved_by": claims.get("resolved_by") and end["resolved_by"],
    }
    wrong = [name for name, value in told.items() if claims.get(name) != value]
    if _micros(claims["resolve_time"]) != _micros(end["time"]):
        wrong.append("resolve_time")
    return next(iter(wrong), "")


def _ledger(document: Mapping[str, Any]) -> Iterator[Check]:
    """The entries about the decision, each by itself and against the history."""
    ledger, what = document["ledger"], "Ledger entries"
    if ledger["why"]:
        made = document["made"]
        why = f"{made['by']} ({', '.join(made['roles'])}) may not list the ledger: {ledger['why']}."
        yield Check(
            what, OPEN, f"{why} No entry was read, no hash recomputed, and nothing shown to be in the ledger at all."
        )
        return
    wrong = [why for entry in ledger["entries"] if (why := fault_of(entry))]
    wrong += _missing(document)
    count = len(ledger["entries"])
    every = f"All {count:,} entries" if count > 1 else "The one entry"
    fine = f"{every} about this decision: hashes recomputed, and they fit.{_told(ledger)}"
    yield Check(what, FAILED, " ".join(wrong)) if wrong else Check(what, OK, fine)
    whole = ledger["whole"]
    if whole["fault"]:
        yield Check("Whole ledger", FAILED, f"{whole['fault'][:1].upper()}{whole['fault'][1:]}.")
    else:
        words = f"All {whole['entries']:,} entries were read when this file was made, from the first on, and fit;"
        sealed = (
            f"signed checkpoints cover {whole['covered']:,}." if whole["covered"] else "none of them is sealed yet."
        )
        yield Check("Whole ledger", OK if whole["covered"] else OPEN, f"{words} {sealed}")


def _told(ledger: Mapping[str, Any]) -> str:
    erased = sum(map(_is_erased, ledger["entries"]))
    return f" Of {erased:,} what people wrote was erased; its hash stays." if erased else ""


def _is_erased(entry: Mapping[str, Any]) -> bool:
    return not entry["words"] and bool(words_hash(entry["body"]))


def fault_of(entry: Mapping[str, Any]) -> str:
    """What is wrong with an entry of the ledger by itself; empty where nothing is."""
    place = f"Entry {entry['sequence']:,}"
    body = entry["body"]
    if sha256(body.encode("utf-8", "surrogatepass")).hexdigest() != entry["body_hash"]:
        return f"{place} does not fit: its body was edited."
    if not fits(body, entry["words"]):
        return f"{place} does not fit: its words were edited."
    if digest({key: entry[key] for key in _HASHED}) != entry["hash"]:
        return f"{place} does not fit: a field of it was edited."
    return ""


def _missing(document: Mapping[str, Any]) -> Iterator[str]:
    """What the history says and the ledger does not."""
    told = document["decision"]
    entries = {entry["sequence"]: entry for entry in document["ledger"]["entries"]}
    if any(f"decisions/{entry['decision_id']}" != told["name"] for entry in entries.values()):
        yield "There is an entry about another decision."
    first = next((entry for entry in entries.values() if entry["kind"] == "decision.submitted"), None)
    if first is None:
        yield "No entry records the submission."
    elif not _is_submission(first, document):
        yield f"Entry {first['sequence']:,} records the submission of something else."
    erased = {each for entry in entries.values() if entry["kind"] == _ERASED for each in erased_by(entry["body"])}
    for entry in entries.values():
        if _is_erased(entry) and entry["sequence"] not in erased:
            yield f"Entry {entry['sequence']:,} has lost what people wrote, and no erasure tells of it."
    for event in document["events"]:
        entry = entries.get(event["sequence"])
        if event["sequence"] and entry is None:
            yield f"The history tells of entry {event['sequence']:,}, which the ledger does not have."
        elif entry and event["actor"] and not _is_event(entry, event, _kept(document)):
            yield f"Entry {event['sequence']:,} says something else than the history does."
    used = document["redemption"]
    if used and not any((each["type"], each["actor"]) == ("REDEEMED", used["redeemer"]) for each in document["events"]):
        yield "The history does not tell of the redemption."


def _is_submission(entry: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Whether it was submitted so. What was changed since is told by the entries of the changes."""
    told = document["decision"]
    if entry["actor"] != told["submitter"]:
        return False
    body = object_of(entry["body"])
    if body.get("action") != told["action"]:
        return False
    if any(event["type"] in _CHANGES for event in document["events"]):
        return True
    rules = [reason["rule"] for reason in document["routing"]["reasons"]]
    same = [each.get("rule") for each in body.get("reasons", ())] == rules
    return bool(body.get("payload_hash") == told["payload_hash"]) and same


def _is_event(entry: Mapping[str, Any], event: Mapping[str, Any], masked: Sequence[str]) -> bool:
    """Whether an entry says what the history says of it."""
    if entry["actor"] != event["actor"] or _micros(event["time"]) != entry["time"]:
        return False
    said = said_in(entry["body"], entry["words"])
    details = dict(event["details"])
    if "corrected_prediction_hash" in details:  # the history tells the correction beside it
        corrected = details.pop("corrected_prediction", None)
        checked = corrected is not None and not kept_of(masked, "prediction")
        if checked and digest(corrected) != details["corrected_prediction_hash"]:
            return False
    return said == details if not masked else _told_of(said, masked) == _told_of(details, masked)


def _told_of(details: dict[str, Any], masked: Sequence[str]) -> dict[str, Any]:
    """The details of an event, in which paths into what is masked are all one: the history does not tell them."""

    def paths(found: Iterable[str], before: str = "") -> list[str]:
        return sorted({"" if is_kept(f"{before}{path}", masked) else path for path in found})

    told = dict(details)
    if "changed_fields" in told:
        told["changed_fields"] = paths(told["changed_fields"], "prediction.")
    if shown := told.get("shown"):
        told["shown"] = {**shown, **{name: paths(shown.get(name) or ()) for name in ("opened", "unopened")}}
    return told


def _micros(stamp: str) -> int:
    """A time in microseconds since the epoch."""
    return (datetime.fromisoformat(stamp) - _EPOCH) // timedelta(microseconds=1)


def _entry(document: Mapping[str, Any], sequence: int) -> Mapping[str, Any] | None:
    return next((each for each in document["ledger"]["entries"] if each["sequence"] == sequence), None)


def _seal(document: Mapping[str, Any], keys: Sequence[VerifierKey]) -> Iterator[Check]:
    """The newest checkpoint: its signature, and that the entries are under it."""
    ledger, what = document["ledger"], "Checkpoint"
    if not ledger["checkpoint"]:
        yield Check(what, OPEN, "The server has signed no checkpoint yet.")
        return
    try:
        note = Note.parse(ledger["checkpoint"])
    except ValueError as error:
        yield Check(what, FAILED, f"It {error}.")
        return
    named = {(key.name, key.hash): key for key in keys}
    signed = [(each.signature, named.get((each.name, each.key_hash))) for each in note.signatures]
    if any(key is not None and key.verifies(signature, note.text.encode()) for signature, key in signed):
        yield Check(what, OK, f"Its signature is good. It seals the ledger's first {note.size:,} entries.")
    else:
        yield Check(what, FAILED, "No key that is believed has signed it.")
    if not ledger["why"]:
        yield _inclusion(ledger, note)


def _inclusion(ledger: Mapping[str, Any], note: Note) -> Check:
    what, entries = "Entries under the checkpoint", ledger["entries"]
    sealed = [entry for entry in entries if entry["sequence"] <= note.size]
    wrong = [f"{entry['sequence']:,}" for entry in sealed if not is_sealed(ledger, entry, note)]
    if wrong:
        return Check(what, FAILED, f"Not what was sealed: entry {', '.join(wrong)}.")
    later = len(entries) - len(sealed)
    behind = f" {later:,} came after it, which no checkpoint seals yet." if later else ""
    if not sealed:
        return Check(what, OPEN, f"None of the entries is under it.{behind}")
    return Check(
        what, OK, f"Shown for {len(sealed):,} of {len(entries):,}: each leads to the root that was signed.{behind}"
    )


def is_sealed(ledger: Mapping[str, Any], entry: Mapping[str, Any], note: Note) -> bool:
    """Whether an entry is under a checkpoint, by its proof."""
    path = ledger["proofs"].get(str(entry["sequence"]))
    if path is None or not 0 < entry["sequence"] <= note.size:
        return False
    try:
        hash, steps = bytes.fromhex(entry["hash"]), [bytes.fromhex(each) for each in path]
        return root_of(hash, entry["sequence"] - 1, note.size, steps) == note.root
    except ValueError:
        return False


def _whose(pinned: Sequence[VerifierKey]) -> Check:
    what = "Keys"
    if pinned:
        return Check(what, OK, "Receipts and checkpoint were checked with the keys that were given, and no others.")
    return Check(
        what,
        OPEN,
        "Receipts and checkpoint were checked with the keys that the same server gives. That proves no more than the "
        "server is worth: give --key with a key that came another way.",
    )


def _jwks(pinned: Sequence[VerifierKey]) -> dict[str, Any]:
    def public(key: VerifierKey) -> str:
        return urlsafe_b64encode(key.public).decode().rstrip("=")

    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": key.thumbprint, "x": public(key)} for key in pinned]}
