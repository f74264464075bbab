"""What happened to a decision, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BY: Final = {
    "APPROVED": "was approved by {who} at {time}",
    "REJECTED": "was rejected by {who} at {time}",
    "CORRECTED": "was corrected by {who} at {time}, so that something else may happen than was proposed",
    "CANCELLED": "was withdrawn by {who} at {time}",
    "AUTO_APPROVED": "passed at {time} without a person, because no rule asked for one",
    "BLOCKED": "was refused by the rules at {time}; no person was asked",
}
_UNJUDGED: Final = {
    "APPROVE": "was judged by nobody in time; it ended at {time}, and the policy lets it happen then",
    "REJECT": "was judged by nobody in time; it ended at {time}, and must not happen",
}
EVENTS: Final = {
    "SUBMITTED": "submitted",
    "LEASED": "handed to a reviewer, and so shown to them",
    "RELEASED": "given back",
    "LAPSED": "the holder went silent, and lost it",
    "ESCALATED": "moved to another queue",
    "REVIEWED": "verdict",
    "EXPIRED": "deadline passed",
    "CANCELLED": "withdrawn",
    "OPENED": "one more reviewer asked",
    "CLOSED": "no further verdict needed",
    "CLIMBED": "time went by: more urgent, or open to more reviewers",
    "EXTENDED": "given more time",
    "AMENDED": "proposal replaced by the submitter",
    "REEVALUATED": "changed policies asked for more",
    "APPEALED": "end contested",
    "VIEWED": "opened to read",
    "READ": "given sensitive fields",
    "REDEEMED": "answer used up, the one time it holds",
    "ERASED": "personal data erased",
}


class Difference(NamedTuple):
    """One field of a correction. `change` is added, removed, changed or the same."""

    path: str
    proposed: Any
    corrected: Any
    change: str


def subject(document: Mapping[str, Any]) -> str:
    """What was to happen: the action, the value at stake, whom it is about."""
    stated = document["proposal"]["attributes"]
    said = str(document["decision"]["action"])
    if stated["amount"] is not None:
        said += f" of {stated['amount']:,g} {stated['currency']}".rstrip()
    return f"{said} for {stated['subject']}" if stated["subject"] else said


def outcome(document: Mapping[str, Any]) -> str:
    """The outcome in one sentence; further ones for what came after it."""
    said = f"{subject(document)}, proposed by {document['decision']['submitter']}, {_ended(document)}"
    why = "; ".join(reason["text"] or reason["rule"] for reason in document["routing"]["reasons"])
    if document["routing"]["route"] == "REVIEW":
        said += f"; it had been held because: {why or 'no policy governs it'}"
    elif why:
        said += f": {why}"
    parts = [said if said.endswith(".") else f"{said}.", *_appeals(document["appeals"])]
    if used := document["redemption"]:
        parts.append(f"The answer was used up by {used['redeemer']} at {moment(used['time'])}.")
    return " ".join(parts)


def moment(time: str | None) -> str:
    """A time to the second, in UTC; what is none stays as it is."""
    if not time:
        return ""
    try:
        return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return time


def stamp(micros: int) -> str:
    """A time in microseconds since the epoch as RFC 3339; the number where the calendar does not reach as far."""
    try:
        return (_EPOCH + timedelta(microseconds=micros)).isoformat()
    except OverflowError:
        return str(micros)


def by_whom(end: Mapping[str, Any]) -> str:
    """Who ended it, in words: a person, a rule, a policy or the deadline."""
    kind, _, name = str(end["resolved_by"]).partition(":")
    if name and kind in ("rule", "policy"):
        return f"the {kind} {name}"
    return "the deadline" if kind == "deadline" and not name else str(end["resolved_by"])


def reviewers(document: Mapping[str, Any]) -> list[str]:
    """Who gave a verdict on the decision itself, as far as the caller is told."""
    given = (event for event in document["events"] if event["type"] == "REVIEWED" and not event["details"].get("level"))
    return list(dict.fromkeys(event["actor"] or "somebody whose name is kept" for event in given))


def differences(proposed: Any, corrected: Any) -> list[Difference]:
    """A proposal and its correction, field by field."""
    old, new = dict(fields(proposed)), dict(fields(corrected))
    found = []
    for path in dict.fromkeys([*old, *new]):
        change = "changed"
        if path not in old or path not in new:
            change = "added" if path in new else "removed"
        elif old[path] == new[path] and isinstance(old[path], bool) is isinstance(new[path], bool):
            change = "the same"
        found.append(Difference(path, old.get(path), new.get(path), change))
    return found


def fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that is no object and no list, with its path; and those of them that are empty."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from fields(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for place, item in enumerate(value):
            yield from fields(item, f"{path}[{place}]")
    elif path or value:
        yield path, value


def _ended(document: Mapping[str, Any]) -> str:
    end = document["resolution"]
    if not end:
        until = document["decision"]["expire_time"]
        return "is still open" + (f" until {moment(until)} at the latest" if until else "")
    time = moment(end["time"])
    if end["outcome"] == "EXPIRED":
        return _UNJUDGED[end["timeout_default"] or "REJECT"].format(time=time)
    said = _BY.get(end["outcome"], "ended in a way that this release does not know, at {time}")
    return said.format(who=by_whom(end), time=time)


def _appeals(appeals: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for each in appeals:
        end = each["resolution"]
        said = "that is still open"
        if end:
            said = f"{end['outcome'].replace('_', ' ').lower()} by {by_whom(end)} at {moment(end['time'])}"
        yield f"{each['appellant']} contested the end at {moment(each['create_time'])}; on appeal: {said}."
