"""Several people on one decision: what follows from the verdicts there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from andon.domain.plan import EXTRA, TIE_BREAK, Quorum, Term
from andon.domain.review import Verdict

BY_TIE: Final = "policy:tie-break"
"""What a decision is resolved by that is rejected because its reviewers differ for good."""


@dataclass(frozen=True, slots=True)
class Cast:
    """One verdict. `term` is that of its seat, `correction` the corrected prediction in canonical JSON, or empty."""

    reviewer: str
    term: int
    verdict: Verdict
    correction: str = ""

    @property
    def answer(self) -> Answer:
        """What it says: two that are equal agree."""
        return (self.verdict, self.correction)


Answer: TypeAlias = tuple[Verdict, str]


@dataclass(frozen=True, slots=True)
class Open:
    """The verdicts still to come may settle it."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """It has ended with the answer of the newest verdict, or as REJECTED by what `BY_TIE` names."""

    verdict: Verdict
    correction: str = ""
    by_tie: bool = False


@dataclass(frozen=True, slots=True)
class Add:
    """One more person is to be asked: `term` is EXTRA or TIE_BREAK, an empty `group` means anybody."""

    term: int
    group: str = ""


Step: TypeAlias = Open | Resolved | Add


def follow(quorum: Quorum, casts: Sequence[Cast], seats: Mapping[int, int], *, vetoed: bool = False) -> Step:
    """What follows from the verdicts so far, in the order they were given; to be asked after each, with all.

    `seats` counts the open seats by their term, `vetoed` says that the newest is a rejection by somebody who may veto.
    """
    newest = casts[-1]
    votes = [cast for cast in casts if cast.answer == newest.answer]
    if vetoed or newest.term == TIE_BREAK or _met(quorum.terms, votes, {}):
        return Resolved(*newest.answer)
    if seats.get(TIE_BREAK) or _reachable(quorum.terms, casts, seats):
        return Open()
    return _one_more(quorum, sum(cast.term == EXTRA for cast in casts) + seats.get(EXTRA, 0))


def _met(terms: Sequence[Term], votes: Sequence[Cast], coming: Mapping[int, int]) -> bool:
    """Whether equal answers meet all terms, with those that the open seats would add.

    Whoever was added counts for each term, and yet is one person: so many must agree as all terms need together.
    """
    agreed = Counter(cast.term for cast in votes) + Counter(coming)
    each = all(agreed[number] + agreed[EXTRA] >= term.need for number, term in enumerate(terms))
    return each and agreed.total() >= sum(term.need for term in terms)


def _reachable(terms: Sequence[Term], casts: Sequence[Cast], seats: Mapping[int, int]) -> bool:
    """Whether one answer would meet all terms if every open seat gave it: one that was given, or a new one."""
    answers = {cast.answer: [other for other in casts if other.answer == cast.answer] for cast in casts}
    return any(_met(terms, votes, seats) for votes in (*answers.values(), ()))


def _one_more(quorum: Quorum, added: int) -> Step:
    if added < quorum.extra:
        return Add(EXTRA, quorum.terms[0].group if len(quorum.terms) == 1 else "")
    if quorum.tie_break:
        return Add(TIE_BREAK, quorum.tie_break)
    return Resolved(Verdict.REJECT, by_tie=True)
