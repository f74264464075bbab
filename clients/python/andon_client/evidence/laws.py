"""What the evidence serves: requirements of laws and of a standard, point by point, and what it does not show.

The points stand in laws.json: Regulation (EU) 2016/679 (GDPR), Regulation (EU) 2024/1689 (AI Act) and domain 3 of the
OWASP Autonomous Penetration Testing Standard (APTS). They are told in short; the words of the law are what holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, NamedTuple

from andon_client.evidence.words import reviewers


class Law(NamedTuple):
    """A requirement: where it stands, what it asks for in short words, what serves it here, what is not shown."""

    place: str
    asks: str
    serves: str
    lacks: str


class Source(NamedTuple):
    """A law or standard, and the requirements of it."""

    title: str
    about: str
    laws: tuple[Law, ...]


def sources(document: Mapping[str, Any]) -> list[Source]:
    """The requirements, each with what serves it in this document."""
    said = _facts(document)
    return [
        each._replace(laws=tuple(law._replace(serves=law.serves.format_map(said)) for law in each.laws))
        for each in known_sources()
    ]


def known_sources() -> list[Source]:
    """The requirements as they are written, with names in braces where a document fills something in."""
    known = json.loads(files("andon_client.evidence").joinpath("laws.json").read_text("utf-8"))
    return [Source(each["title"], each["about"], tuple(Law(*law) for law in each["laws"])) for each in known]


def _facts(document: Mapping[str, Any]) -> dict[str, str]:
    """What the points say of this decision, in words."""
    events, count = document["events"], len(document["appeals"])
    shown = any(event["details"].get("shown") for event in events)
    timed = document["decision"]["expire_time"] or any(event["type"] == "EXPIRED" for event in events)
    irreversible = document["proposal"]["attributes"]["irreversible"]
    return {
        "judged": _judged(document),
        "appealed": f"Section 4: contested {count:,} time{'s' * (count > 1)}." if count else "It was not contested.",
        "count": f"{len(reviewers(document)):,}",
        "screen": "and the hash of what was on the screen" if shown else "but not what was on the screen",
        "deadline": "Section 4: the deadline, and what it led to." if timed else "Section 4: no deadline passed.",
        "irreversible": "irreversible" if irreversible else "not irreversible",
    }


def _judged(document: Mapping[str, Any]) -> str:
    people = reviewers(document)
    if people:
        return f"Section 4: {', '.join(people)} gave a verdict."
    if document["routing"]["route"] == "REVIEW":
        return "Section 4: a person was asked, and none has given a verdict."
    return "No person judged this one: the rules of section 3 decided alone."
