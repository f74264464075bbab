"""The SQL of this engine. It stands in queries/*.sql; states in guards come from the domain's one table."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from string import Template
from typing import Final

from andon.domain.priority import STEP, TOP
from andon.domain.review import Verdict
from andon.domain.task import OPEN, TRANSITIONS, TaskEvent, TaskState, sources

_FRAGMENTS: Final = ("columns_decision", "columns_task", "columns_review", "from_decision", "from_task")


@cache
def sql(name: str, filter: str = "", order: str = "") -> str:
    """The statement of that name, ready to run.

    `filter` (conditions, each begun with AND) and `order` fill the places some statements have for them. Both come
    from code, never from callers.
    """
    return _read(name).substitute(_words(), filter=filter, order=order)


def names() -> list[str]:
    """Every statement there is, sorted."""
    folder = resources.files("andon.store.sqlite") / "queries"
    found = (file.name.removesuffix(".sql") for file in folder.iterdir() if file.name.endswith(".sql"))
    return sorted(name for name in found if name not in _FRAGMENTS)


def _read(name: str) -> Template:
    file = resources.files("andon.store.sqlite") / "queries" / f"{name}.sql"
    return Template(file.read_text("utf-8").strip())


@cache
def _words() -> dict[str, str]:
    words = {state.name: str(state.value) for state in TaskState} | {verdict.name: str(verdict) for verdict in Verdict}
    words |= {"OPEN": _are(OPEN), "TOP": str(TOP), "STEP": str(STEP)}
    for event in TaskEvent:
        words[f"from_{event}"] = _are(sources(event))
        (target,) = {TRANSITIONS[state, event] for state in sources(event)}
        words[f"to_{event}"] = str(target.value)
    return words | {name: _read(name).substitute() for name in _FRAGMENTS}


def _are(states: Iterable[TaskState]) -> str:
    """`= 1`, or `IN (1, 2)`: as the partial indexes say it, for SQLite compares words."""
    numbers = [str(state.value) for state in sorted(states)]
    return f"= {numbers[0]}" if len(numbers) == 1 else f"IN ({', '.join(numbers)})"
