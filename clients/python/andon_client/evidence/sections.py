"""The sections that tell what happened: the proposal, the rules, the history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from andon_client.evidence.markup import Markup, facts, joined, table, tag, text
from andon_client.evidence.values import code, correction, details, folded, payload, value, when
from andon_client.evidence.words import EVENTS, by_whom, differences

Document = Mapping[str, Any]
_MARKS: Final = ("irreversible", "anomalous", "regulated", "high_value")
_ROUTES: Final = {"AUTO_APPROVE": "pass without a person", "REVIEW": "hold for a person", "BLOCK": "refuse"}
_TOLD: Final = ("corrected_prediction", "verdict", "comment", "shown", "changed_fields")
_HASH: Final = "corrected_prediction_hash"


def proposal(document: Document) -> Iterator[Markup]:
    """What the AI proposed and why."""
    said, told = document["proposal"], document["decision"]
    model, stated = said["model"], said["attributes"]
    amount = "" if stated["amount"] is None else f"{stated['amount']:,g} {stated['currency']}".rstrip()
    marks = ", ".join(name.replace("_", " ") for name in _MARKS if stated[name])
    yield facts(
        "What the submitter stated",
        [
            ("Action", code(told["action"])),
            ("Submitted by", value(told["submitter"])),
            ("On behalf of", value(told["on_behalf_of"] or "nobody else")),
            (
                "Model",
                joined(
                    [value(model["name"] or "not stated"), " ", value(model["version"])]
                    if model["version"]
                    else [value(model["name"] or "not stated")]
                ),
            ),
            ("Confidence", "not stated" if said["confidence"] is None else f"{said['confidence']:g} of 1"),
            ("Amount", amount or "not stated"),
            ("About", value(stated["subject"] or "not stated")),
            ("Marked as", marks or "nothing"),
            ("Takes the place of", code(told["supersedes"]) if told["supersedes"] else ""),
            ("Its place was taken by", code(told["superseded_by"]) if told["superseded_by"] else ""),
        ],
    )
    if told.get("erase_time"):
        words = "Its personal data was erased: what follows is what is left. Hashes, verdicts and times stay."
        yield tag("p", joined(["On ", when(told["erase_time"]), ": ", words]), class_="note")
    if kept := told.get("masked_fields"):
        words = "The policies keep this from the role that the file was made with; it stands as [masked]: "
        yield tag("p", words, joined([code(", ".join(kept)), "."]), class_="note")
    yield payload("Prediction: what the AI proposed to do", said["prediction"])
    yield tag("h3", "Reasoning, as the AI gave it")
    yield value(said["reasoning"]) if said["reasoning"] else tag("p", "None was given.", class_="note")
    yield payload("Input: what the AI is said to have used", said["input"])
    if stated["extra"]:
        yield payload("Further attributes, which rules may read", stated["extra"])
    yield from _amendments(document)


def _amendments(document: Document) -> Iterator[Markup]:
    count = document["decision"]["amendments"]
    if not count:
        return
    yield tag("h3", "Earlier proposals")
    yield tag(
        "p",
        f"The submitter replaced the proposal {count:,} time{'s' * (count > 1)} while it waited. The above is the "
        "last one, on which it was decided. Of those before, the server keeps the hash and not the content.",
    )
    rows = [
        (when(event["time"]), code(event["details"]["replaces"]), code(event["details"]["payload_hash"]))
        for event in document["events"]
        if event["type"] == "AMENDED" and "replaces" in event["details"]
    ]
    yield table("Replacements", ("When", "Hash of the proposal before", "Hash of the one after"), rows)


def rules(document: Document) -> Iterator[Markup]:
    """The rules in force when it was routed."""
    routing = document["routing"]
    drawn = "yes" if routing["sampled"] else "no"
    yield facts(
        "How it was routed",
        [
            ("Route", _ROUTES.get(routing["route"], routing["route"])),
            ("Policy", value(routing["policy"] or "none governs the action; such a decision is held")),
            ("Revision of the policies", code(routing["policy_revision"])),
            ("Confidence threshold", "none" if routing["threshold"] is None else f"{routing['threshold']:g}"),
            ("Drawn at random", drawn),
            ("Chance of review", f"{routing['review_propensity']:g} before a coin was drawn (1: always held)"),
            ("Source of the coin", code(routing["coin_source"]) if routing["coin_source"] else ""),
        ],
    )  # fmt: skip
    rows = [
        (code(reason["rule"]), value(reason["text"]), _ROUTES.get(reason["route"], reason["route"]))
        for reason in routing["reasons"]
    ]
    if rows:
        yield table("Rules that applied", ("Rule", "In words", "Asks to"), rows, named=True)
    else:
        yield tag("p", "No rule applied.")
    yield from _policy(document)


def _policy(document: Document) -> Iterator[Markup]:
    told, routed = document["policy"], document["routing"]["policy_revision"]
    yield tag("h3", "The policy's text")
    policy = told["policy"]
    if policy is None:
        yield tag("p", f"It can't be shown: {told['why']}.")
        return
    if told["revision"] == routed:
        yield tag("p", "The policies in force when this file was made are the very ones by which it was routed.")
    else:
        words = "The policies have changed since: what follows is the text in force when this file was made (revision "
        yield tag(
            "p", words, code(told["revision"]), "), not that by which it was routed. The rules that applied are above."
        )
    if policy.get("description"):
        yield tag("p", value(policy["description"]))
    yield folded(f"{policy.get('file', 'policy')}", policy.get("source", ""))


def history(document: Document) -> Iterator[Markup]:
    """Who saw and decided what, and when."""
    rows = [_row(event) for event in document["events"]]
    heads = ("Entry", "When", "Who", "What", "Details")
    yield table("Everything that happened to it, oldest first; times are UTC", heads, rows)
    yield from _corrections(document)
    for appeal in document["appeals"]:
        yield from _appeal(appeal)
    if used := document["redemption"]:
        yield tag(
            "p", "The answer holds once. It was used up by ", value(used["redeemer"]), " at ", when(used["time"]), "."
        )


def _row(event: Document) -> tuple[object, ...]:
    said = event["details"]
    kept = not event["actor"]
    return (
        f"{event['sequence']:,}" if event["sequence"] else "first",
        when(event["time"]),
        tag("span", "kept from the caller", class_="note") if kept else value(event["actor"]),
        EVENTS.get(event["type"], event["type"].lower()),
        _verdict(said) if event["type"] == "REVIEWED" else _folded(said),
    )


def _folded(said: Document) -> Markup:
    """The details of an event that is no verdict; those of a submission stand in sections 2 and 3."""
    lines = details(said)
    count = lines.count("<p>")
    if count <= 4:
        return lines
    return tag("details", tag("summary", f"{count:,} facts"), lines)


def _verdict(said: Document) -> Markup:
    if not said.get("verdict"):
        return tag("p", "Kept from the caller while verdicts are blind.", class_="note")
    parts = [tag("p", tag("strong", said["verdict"]), _counted(said))]
    if said.get("comment"):
        parts.append(tag("p", "comment: ", value(said["comment"])))
    if fields := said.get("changed_fields"):
        parts.append(tag("p", "fields changed: ", value(", ".join(fields))))
    parts += _shown(said.get("shown"))
    rest = details(said, _TOLD if said.get(_HASH) else (*_TOLD, _HASH))
    return joined([*parts, tag("details", tag("summary", "what else is recorded"), rest)] if rest else parts)


def _counted(said: Document) -> str:
    return f"; with it the decision ended as {said['outcome']}" if said.get("outcome") else "; recorded"


def _shown(shown: Document | None) -> Iterator[Markup]:
    """What the reviewer's client said it showed."""
    if not shown:
        yield tag("p", "The reviewer's client did not tell what it showed.", class_="note")
        return
    opened, unopened = shown.get("opened") or [], shown.get("unopened") or []
    yield tag("p", "hash of what was on the screen: ", code(shown.get("digest", "")))
    yield tag("p", "in view for ", f"{shown.get('view_time', 0) / 1_000_000:,.1f} s")
    yield tag("p", "folded fields opened: ", value(", ".join(opened) or "none"))
    yield tag("p", "left unopened: ", value(", ".join(unopened) or "none"))


def _corrections(document: Document) -> Iterator[Markup]:
    """Each correction beside the proposal."""
    for event in document["events"]:
        corrected = event["details"].get("corrected_prediction") if event["type"] == "REVIEWED" else None
        if corrected is not None:
            who = event["actor"] or "a reviewer"
            changes = differences(document["proposal"]["prediction"] or {}, corrected)
            yield tag("h3", "Correction by ", value(who))
            yield correction("Each field of the proposal and of the correction", changes)


def _appeal(appeal: Document) -> Iterator[Markup]:
    end = appeal["resolution"]
    yield tag("h3", f"Appeal {appeal['level']}")
    ended = "still open" if not end else joined([end["outcome"], " by ", value(by_whom(end)), ", ", when(end["time"])])
    yield facts(
        "The end was contested, and judged anew by somebody else",
        [
            ("Asked for by", value(appeal["appellant"])),
            ("When", when(appeal["create_time"])),
            ("Why", value(appeal["comment"])),
            ("Its end", text(ended)),
            ("Comment", value(end["comment"]) if end and end["comment"] else ""),
        ],
    )
