"""What follows from several people's verdicts, beside an oracle that tries everything that may still come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from andon.domain.plan import EXTRA, TIE_BREAK, Quorum, Term
from andon.domain.quorum import Add, Cast, Open, Resolved, Step, follow
from andon.domain.review import Verdict

ANSWERS: Final = (
    (Verdict.APPROVE, ""),
    (Verdict.REJECT, ""),
    (Verdict.CORRECT, '{"amount":20}'),
    (Verdict.CORRECT, '{"amount":30}'),
)
APPROVE, REJECT, LESS, MORE = ANSWERS
TWO: Final = Quorum((Term(2, 2),))


def casts(*given: tuple[Verdict, str] | tuple[Verdict, str, int]) -> list[Cast]:
    """Verdicts in order, on seats of the first term unless they name another."""
    return [Cast(f"r{place}", (*one, 0)[2], one[0], one[1]) for place, one in enumerate(given)]


# One after the other


@pytest.mark.parametrize(
    ("quorum", "given", "seats", "expected"),
    [
        (TWO, [APPROVE], {0: 1}, Open()),
        (TWO, [APPROVE, APPROVE], {}, Resolved(*APPROVE)),
        (TWO, [REJECT, REJECT], {}, Resolved(*REJECT)),
        (TWO, [LESS, LESS], {}, Resolved(*LESS)),
        (TWO, [LESS, MORE], {}, Add(EXTRA)),
        (TWO, [APPROVE, REJECT], {}, Add(EXTRA)),
        (TWO, [APPROVE, REJECT], {EXTRA: 1}, Open()),
        (TWO, [APPROVE, REJECT, (*REJECT, EXTRA)], {}, Resolved(*REJECT)),
        (TWO, [APPROVE, REJECT, (*LESS, EXTRA)], {}, Resolved(Verdict.REJECT, by_tie=True)),
        (Quorum((Term(2, 2),), extra=0), [APPROVE, REJECT], {}, Resolved(Verdict.REJECT, by_tie=True)),
        (Quorum((Term(2, 2),), extra=0, tie_break="leads"), [APPROVE, REJECT], {}, Add(TIE_BREAK, "leads")),
        (Quorum((Term(2, 2),), extra=0, tie_break="leads"), [APPROVE, REJECT], {TIE_BREAK: 1}, Open()),
        (Quorum((Term(2, 2),), extra=2), [APPROVE, REJECT, (*LESS, EXTRA)], {}, Add(EXTRA)),
        (TWO, [APPROVE, REJECT, (*LESS, TIE_BREAK)], {}, Resolved(*LESS)),
        (Quorum((Term(2, 3),)), [APPROVE, REJECT], {0: 1}, Open()),
        (Quorum((Term(2, 3),)), [APPROVE, REJECT, APPROVE], {}, Resolved(*APPROVE)),
        (Quorum((Term(2, 2, "risk"),)), [APPROVE, REJECT], {}, Add(EXTRA, "risk")),
        (Quorum((Term(1, 1, "risk"), Term(1, 1, "legal"))), [APPROVE, (*REJECT, 1)], {}, Add(EXTRA)),
        (Quorum((Term(1, 1, "risk"), Term(1, 1, "legal"))), [APPROVE, (*APPROVE, 1)], {}, Resolved(*APPROVE)),
        (
            Quorum((Term(1, 1, "risk"), Term(1, 1, "legal"))),
            [APPROVE, (*REJECT, 1), (*REJECT, EXTRA)],
            {},
            Resolved(*REJECT),
        ),
        (  # whoever was added counts for both terms, but is not two people
            Quorum((Term(1, 1, "risk"), Term(1, 1, "legal")), tie_break="leads"),
            [APPROVE, (*REJECT, 1), (*LESS, EXTRA)],
            {},
            Add(TIE_BREAK, "leads"),
        ),
    ],
)
def test_what_follows(
    quorum: Quorum,
    given: list[tuple[Verdict, str] | tuple[Verdict, str, int]],
    seats: dict[int, int],
    expected: Step,
) -> None:
    assert follow(quorum, casts(*given), seats) == expected


def test_a_veto_ends_it_at_once() -> None:
    assert follow(Quorum((Term(3, 3),), veto=("legal",)), casts(REJECT), {0: 2}, vetoed=True) == Resolved(*REJECT)


# Whatever people say

terms: Final = st.tuples(st.integers(1, 3), st.integers(0, 2), st.sampled_from(["", "risk", "legal"])).map(
    lambda each: Term(each[0], each[0] + each[1], each[2])
)
quorums: Final = st.builds(
    Quorum,
    terms=st.lists(terms, min_size=1, max_size=3).map(tuple),
    extra=st.integers(0, 2),
    tie_break=st.sampled_from(["", "leads"]),
)
says: Final = st.lists(st.tuples(st.sampled_from(ANSWERS), st.integers(0, 11)), min_size=18, max_size=18)


class Table:
    """Seats around a decision: whoever sits on one of them says something, until it has ended."""

    def __init__(self, quorum: Quorum) -> None:
        self.quorum = quorum
        self.open = [term for term, _ in quorum.seats]
        self.asked = len(self.open)
        self.casts: list[Cast] = []

    def say(self, answer: tuple[Verdict, str], pick: int) -> Step:
        """One verdict from one of the open seats, and what follows."""
        term = self.open.pop(pick % len(self.open))
        self.casts.append(Cast(f"r{len(self.casts)}", term, *answer))
        step = follow(self.quorum, self.casts, Counter(self.open))
        if isinstance(step, Add):
            self.open.append(step.term)
            self.asked += 1
        return step


def met(quorum: Quorum, given: Sequence[Cast]) -> list[tuple[Verdict, str]]:
    """The answers that meet every term, by as many people as the terms need together, by counting."""
    return [
        answer
        for answer in {cast.answer for cast in given}
        if len([c for c in given if c.answer == answer]) >= sum(term.need for term in quorum.terms)
        and all(
            len([c for c in given if c.answer == answer and c.term in (place, EXTRA)]) >= term.need
            for place, term in enumerate(quorum.terms)
        )
    ]


def may_still_be_met(quorum: Quorum, given: Sequence[Cast], open_: Sequence[int]) -> bool:
    """Whether some way of filling the open seats leads to an answer that meets every term: all ways are tried."""
    answers = [*{cast.answer for cast in given}, (Verdict.CORRECT, "something new")]
    return any(
        met(quorum, [*given, *(Cast("x", term, *answer) for term, answer in zip(open_, filled, strict=True))])
        for filled in _fillings(answers, len(open_))
    )


def _fillings(answers: Sequence[tuple[Verdict, str]], count: int) -> Iterator[tuple[tuple[Verdict, str], ...]]:
    if count <= 4:
        yield from product(answers, repeat=count)
    else:  # too many: that all say the same is the best there is
        yield from ((answer,) * count for answer in answers)


@given(quorums, says)
def test_it_ends_by_the_quorum_and_by_nothing_else(quorum: Quorum, said: list[tuple[tuple[Verdict, str], int]]) -> None:
    table = Table(quorum)
    for answer, pick in said:
        assert table.open, "nobody is asked any more, and it has not ended"
        broke_tie = TIE_BREAK in table.open
        step = table.say(answer, pick)
        ended = met(quorum, table.casts)
        if table.casts[-1].term == TIE_BREAK:
            assert step == Resolved(*answer)
        elif isinstance(step, Resolved) and not step.by_tie:
            assert ended == [(step.verdict, step.correction)] == [answer]
        else:
            assert not ended
            assert isinstance(step, Open) == (broke_tie or may_still_be_met(quorum, table.casts, _before(table, step)))
        if isinstance(step, Resolved):
            break
    else:
        pytest.fail("it does not end")
    assert table.asked <= sum(term.asked for term in quorum.terms) + quorum.extra + 1


def _before(table: Table, step: Step) -> list[int]:
    """The seats that were open when it was asked what follows."""
    return table.open[:-1] if isinstance(step, Add) else table.open


@given(quorums, says)
def test_extra_reviewers_come_before_the_tie_break_and_no_more_than_may(
    quorum: Quorum, said: list[tuple[tuple[Verdict, str], int]]
) -> None:
    table, added = Table(quorum), []
    for answer, pick in said:
        step = table.say(answer, pick)
        if isinstance(step, Add):
            added.append(step.term)
        if isinstance(step, Resolved):
            assert not step.by_tie or not quorum.tie_break
            break
    assert added == sorted(added, reverse=True)
    assert added.count(EXTRA) <= quorum.extra
    assert added.count(TIE_BREAK) <= bool(quorum.tie_break)
    if TIE_BREAK in added:
        assert added.count(EXTRA) == quorum.extra


@given(quorums, says, st.randoms(use_true_random=False))
def test_the_order_of_earlier_verdicts_does_not_matter(
    quorum: Quorum, said: list[tuple[tuple[Verdict, str], int]], chance: object
) -> None:
    table = Table(quorum)
    for answer, pick in said:
        open_ = list(table.open)
        step = table.say(answer, pick)
        *before, newest = table.casts
        chance.shuffle(before)  # type: ignore[attr-defined]
        open_.remove(newest.term)
        assert follow(quorum, [*before, newest], Counter(open_)) == step
        if isinstance(step, Resolved):
            break


@given(quorums, says)
def test_a_rejection_with_a_veto_always_ends_it(quorum: Quorum, said: list[tuple[tuple[Verdict, str], int]]) -> None:
    table = Table(quorum)
    for answer, pick in said:
        seats = Counter(table.open)
        if answer == REJECT:
            assert follow(quorum, [*table.casts, Cast("v", 0, *REJECT)], seats, vetoed=True) == Resolved(*REJECT)
        if isinstance(table.say(answer, pick), Resolved):
            break
