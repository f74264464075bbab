"""The evidence as one HTML page: no script, nothing from elsewhere, every word of others escaped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import Any, Final

from andon_client.evidence import proofs, sections
from andon_client.evidence.check import FAILED, OK, Check
from andon_client.evidence.laws import Source, sources
from andon_client.evidence.markup import Markup, facts, joined, table, tag, text
from andon_client.evidence.values import code, value, when
from andon_client.evidence.words import outcome

Document = Mapping[str, Any]
_NO_ADVICE: Final = (
    "This file is evidence, not a legal assessment: it says what was recorded, and what it does not show."
)


def page(document: Document, found: Sequence[Check]) -> str:
    """The page. Raises KeyError, TypeError, ValueError, AttributeError where it is no document of ours."""
    parts = [
        ("summary", "What happened", _summary(document, found)),
        ("proposal", "What the AI proposed, and why", sections.proposal(document)),
        ("rules", "The rules in force", sections.rules(document)),
        ("history", "Who saw and decided what, and when", sections.history(document)),
        ("receipt", "The receipt", proofs.receipts(document, found)),
        ("ledger", "The ledger", proofs.ledger(document, found)),
        ("again", "Check it again", proofs.again(document)),
        ("laws", "What it serves", _laws(document)),
    ]
    numbered = [(name, f"{place}. {title}", content) for place, (name, title, content) in enumerate(parts, 1)]
    contents = tag("ol", *(tag("li", tag("a", title, href=f"#{name}")) for name, title, _ in parts))
    body = [
        *_head(document, found),
        tag("nav", contents, aria_label="Contents"),
        *(
            tag("section", tag("h2", title, id=name), *content, aria_labelledby=name)
            for name, title, content in numbered
        ),
    ]
    return _whole(f"Evidence of {document['decision']['name']}", joined(body, "\n"))


def _head(document: Document, found: Sequence[Check]) -> Iterator[Markup]:
    told = document["decision"]
    yield tag("h1", "Evidence of a decision")
    yield tag("p", code(told["name"]), class_="note")
    yield tag("p", tag("bdi", outcome(document)), class_="outcome")
    wrong = [check for check in found if check.state == FAILED]
    good = sum(check.state == OK for check in found)
    left = len(found) - good - len(wrong)
    if wrong:
        words = f"Do not rely on this file. {len(wrong):,} of {len(found):,} checks failed: "
        yield tag(
            "p",
            words,
            " ".join(f"{check.what}: {check.words}" for check in wrong),
            class_="verdict failed",
            role="alert",
        )
    else:
        words = f"{good:,} checks were made, and all fit; {left:,} points were not checked. Section 1 lists them all."
        yield tag("p", words, class_="verdict")


def _summary(document: Document, found: Sequence[Check]) -> Iterator[Markup]:
    made, told = document["made"], document["decision"]
    release = made["server_version"]
    yield tag(
        "p",
        "Andon is a server that stands between an AI's decision and its effect. A program submits what its AI "
        "proposes; rules let it pass, refuse it, or hold it until a person has judged. This file tells what was "
        "recorded of one such decision.",
    )
    yield facts(
        "The decision, and this file",
        [
            ("Decision", code(told["name"])),
            ("Outcome", told["outcome"] or "open"),
            ("The effect may happen", "yes" if told["may_pass"] else "no"),
            ("Submitted", when(told["create_time"])),
            ("Ended", when(document["resolution"]["time"]) if document["resolution"] else "not yet"),
            ("Hash of the proposal", code(told["payload_hash"])),
            ("This file was made by", joined([value(made["by"]), f" ({', '.join(made['roles'])})"])),
            ("This file was made at", when(made["time"])),
            ("Server", f"Andon {release}" if release else "does not tell its version"),
            ("Made with", f"andon-client {made['client_version']}"),
        ],
    )
    yield tag("p", f"It shows what {made['by']} may see. ", "Reading it was recorded by the server.", class_="note")
    yield proofs.results(found)


def _laws(document: Document) -> Iterator[Markup]:
    yield tag("p", tag("strong", _NO_ADVICE))
    for source in sources(document):
        yield from _source(source)


def _source(source: Source) -> Iterable[Markup]:
    heads = ("Point", "Asks for, in short", "Served here by", "Not shown here")
    return (
        tag("h3", source.title),
        tag("p", source.about),
        table("What it asks for, and what serves it", heads, source.laws, named=True),
    )


@cache
def _file(name: str) -> str:
    return files("andon_client.evidence").joinpath(name).read_text("utf-8")


def _whole(title: str, body: Markup) -> str:
    style = _file("page.css")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return Template(_file("page.html")).substitute(title=text(title), style=style, hash=f"sha256-{digest}", body=body)
