"""The table at the end."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from credit_demo.books import Books
from credit_demo.figures import Confusion, percentile

_RULES = {"confidence": "low confidence"}


def table(books: Books, seconds: float, scale: float) -> str:
    """The whole report: what was routed, how long it took, what people changed, what it was worth."""
    return "\n".join(
        [
            *_volume(books, seconds),
            *_times(books, scale),
            *_overrides(books),
            *_worth(books),
            *_people(books),
        ]
    )


def _volume(books: Books, seconds: float) -> Iterator[str]:
    total = len(books.listed)
    passed = sum(decision.outcome == "AUTO_APPROVED" for decision in books.listed)
    yield from _head("Decisions")
    yield _row("submitted and answered", f"{total:,}", f"in {seconds:.1f} s")
    yield _row("automated: granted without a person", f"{passed:,}", _share(passed, total))
    yield _row("held for a person", f"{total - passed:,}", _share(total - passed, total))
    held = Counter(rule for decision in books.listed for rule in decision.rules)
    for rule, count in held.most_common():
        yield _row(f"  by {_RULES.get(rule, rule)}", f"{count:,}", _share(count, total))
    if sum(held.values()) > total - passed:
        yield "  (one decision may be held by several rules)"


def _times(books: Books, scale: float) -> Iterator[str]:
    yield from _head("Times of what was held", "p50", "p90", "p50 office", "p90 office")
    people = [decision.span for decision in books.listed if decision.outcome != "AUTO_APPROVED"]
    for label, values in (
        ("queue wait: created to first lease", [given.queue_wait for given in books.given]),
        ("resolution: created to verdict", people),
    ):
        p50, p90 = percentile(values, 0.5), percentile(values, 0.9)
        yield _row(label, _span(p50), _span(p90), _span(p50 * scale), _span(p90 * scale))
    released = release_times(books)
    yield _row("verdict sent to caller released", _span(percentile(released, 0.5)), _span(percentile(released, 0.9)))
    yield f"  (an office second is {scale:g} times shorter here; reading takes a median of 90 office seconds)"


def _overrides(books: Books) -> Iterator[str]:
    yield from _head("Overrides by rule", "verdicts", "overrides", "rate", "95 % interval")
    for rate in books.rates:
        interval = f"{rate.lower:.0%} to {rate.upper:.0%}"
        name = _RULES.get(rate.rule, rate.rule)
        yield _row(f"  {name}", f"{rate.reviews:,}", f"{rate.overrides:,}", f"{rate.rate:.0%}", interval)


def _worth(books: Books) -> Iterator[str]:
    yield from _head("Against what became of the credits", "AI alone", "AI + review")
    alone = Confusion.of((answer.proposal.grant, answer.proposal.application.repaid) for answer in books.answers)
    together = Confusion.of((answer.grant, answer.proposal.application.repaid) for answer in books.answers)
    both = (alone, together)
    yield _row("accuracy", *(f"{each.accuracy:.1%}" for each in both))
    yield _row("granted, repaid", *(f"{each.granted_good:,}" for each in both))
    yield _row("granted, not repaid (costs 5 each)", *(f"{each.granted_bad:,}" for each in both))
    yield _row("declined, would have been repaid (1)", *(f"{each.declined_good:,}" for each in both))
    yield _row("declined, would not have been repaid", *(f"{each.declined_bad:,}" for each in both))
    yield _row("cost by the data set's own matrix", *(f"{each.cost:,}" for each in both))


def _people(books: Books) -> Iterator[str]:
    mistakes = sum(given.judgement.mistaken for given in books.given)
    slipped = sum(
        answer.outcome == "AUTO_APPROVED" and not answer.proposal.application.repaid for answer in books.answers
    )
    yield ""
    yield f"Still wrong: {slipped:,} grants that passed without a person, and {mistakes:,} mistakes of the reviewers."
    yield "The reviewers are simulated and go by the recorded outcome, which no real one knows: AI + review shows"
    yield "the most that review can bring, and is no forecast. What is held, and how long, is real."


def release_times(books: Books) -> Sequence[float]:
    """For each decision that a person judged, seconds from sending the verdict to the caller's release."""
    sent = {given.decision: given.sent for given in books.given}
    return [answer.released - sent[answer.decision] for answer in books.answers if answer.decision in sent]


def _head(title: str, *columns: str) -> tuple[str, str]:
    return "", _row(title, *columns).upper() if not columns else _row(title.upper(), *columns)


def _row(label: str, *cells: str) -> str:
    return (f"{label:<38}" + "".join(f"{cell:>14}" for cell in cells)).rstrip()


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _span(seconds: float) -> str:
    """A span in the unit that suits it."""
    if math.isnan(seconds):
        return "-"
    for limit, unit, size in ((1.0, "ms", 0.001), (120.0, "s", 1.0), (7200.0, "min", 60.0)):
        if seconds < limit:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds / 3600:.1f} h"
