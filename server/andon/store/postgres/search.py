"""Finding decisions: how much of the table a query may read."""

from __future__ import annotations

from typing import Final

from andon.domain.search import DecisionQuery, Window
from andon.store.postgres.session import Session
from andon.store.postgres.statements import sql
from andon.store.search import JITTER, Dialect, Values, before, conditions, filters, index, subject_filter

# The collation that knows A to Z alone, whatever the database's own: so all engines find the same.
DIALECT: Final = Dialect(
    holds="strpos({text}, {part}) > 0",
    lower='lower({text} COLLATE "C")',
    reasons="json_array_elements(d.reasons::json) AS j (value)",
    among="= ANY (:{names}::text[])",
    begins="EXISTS (SELECT FROM unnest(:{names}::text[]) AS p (value) WHERE starts_with({text}, p.value))",
    names=sorted,
    fields="json_each(d.sensitive::json) AS f (key, value)",
    shown="json_array_elements_text(f.value) AS r (value)",
)
# What an index answers, and in which order it does. A list of one instead of `=` lets the order begin with the index's
# first column: so PostgreSQL reads no other index, where it would hope that what a common submitter made lies evenly
# among all the rest. The words of the partial indexes are said again, or it can't tell that they fit.
_ANSWERS: Final = {
    "subject": ("AND d.subject = ANY (ARRAY[:subject]) AND d.subject <> ''", "d.subject DESC, d.sequence DESC"),
    "submitter": ("AND d.submitter = ANY (ARRAY[:submitter])", "d.submitter DESC, d.sequence DESC"),
    "state": ("AND d.outcome IS NULL", "d.sequence DESC"),
    "": ("", "d.sequence DESC"),
}


def listing(query: DecisionQuery) -> tuple[str, Values]:
    """The statement that lists decisions, and its values."""
    condition, values = conditions(query, DIALECT)
    answer, order = _ANSWERS[index(query)]
    values |= _values(query, query.floor, before(query)) | {"limit": query.limit}
    return sql("list_decisions", filter=f"{answer} {condition}", order=order, brief=query.brief), values


async def window(session: Session, query: DecisionQuery, reach: int) -> Window:
    """See `Store.window`."""
    last = int(await session.one("last_decision"))
    low, end = query.floor, min(before(query), last + 1)
    if query.start_time is not None:
        low = max(low, await _first_since(session, query.start_time - JITTER, last))
    if query.end_time is not None:
        end = min(end, await _first_since(session, query.end_time + JITTER, last))
    if not filters(query):
        return Window(low, end)
    floor = await _reached(session, query, low, end, reach)
    if floor <= max(low, 1):
        return Window(max(low, floor), end)
    return Window(floor, end, int(await session.one("create_time_from", {"sequence": floor})))


async def _reached(session: Session, query: DecisionQuery, low: int, end: int, reach: int) -> int:
    """The sequence that lies so many of the index's finds below the newest; 0 where there are fewer."""
    by = index(query)
    if not by:
        return max(0, end - reach)  # sequences have no gaps
    answer, order = _ANSWERS[by]
    cleared, more = subject_filter(query, DIALECT) if by == "subject" else ("", {})
    values = _values(query, low, end) | {"beyond": reach - 1} | more
    found = await session.run(sql("reach_of_decisions", filter=f"{answer} {cleared}", order=order), values)
    return int(found[0][0]) if found else 0


def _values(query: DecisionQuery, floor: int, end: int) -> Values:
    """What all of `_ANSWERS` need."""
    return {"subject": query.subject, "submitter": query.submitter, "floor": floor, "before": end}


async def _first_since(session: Session, moment: int, last: int) -> int:
    """Sequence of the first decision made at that moment or later, `last + 1` where there is none."""
    return int(await session.one("first_since", {"moment": moment, "last": last}))
