"""The SQL of this engine. It stands in queries/*.sql; states in guards come from the domain's one table."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources
from string import Template
from typing import Final

from andon.domain.effect import PAYLOAD
from andon.domain.priority import STEP, TOP
from andon.domain.review import Verdict
from andon.domain.task import OPEN, TRANSITIONS, TaskEvent, TaskState, sources

_FRAGMENTS: Final = ("columns_decision", "columns_task", "columns_review", "from_decision", "from_task")
_LARGE: Final = "d.input, d.prediction, d.reasoning"


@lru_cache(maxsize=1024)
def sql(name: str, filter: str = "", order: str = "", *, brief: bool = False) -> str:
    """The statement of that name, ready to run.

    `filter` (conditions, each begun with AND) and `order` fill the places some statements have for them. Both come
    from code, never from callers. `brief` reads nothing of a decision that may be large, but for what the effect's
    sentence needs in statements on tasks.
    """
    template, words = _read(name), _words()
    if brief:
        words = words | {"columns_decision": _brief(words["columns_decision"], tasks="$from_task" in template.template)}
    return template.substitute(words, filter=filter, order=order)


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


def _brief(columns: str, *, tasks: bool) -> str:
    assert _LARGE in columns
    read = [
        f"iif(p.reads & {PAYLOAD[root]}, d.{root}, {nothing})" if tasks else nothing
        for root, nothing in (("input", "'{}'"), ("prediction", "'{}'"), ("reasoning", "''"))
    ]
    return columns.replace(_LARGE, ", ".join(read))


def _are(states: Iterable[TaskState]) -> str:
    """`= 1`, or `IN (1, 2)`: as the partial indexes say it, for SQLite compares words."""
    numbers = [str(state.value) for state in sorted(states)]
    return f"= {numbers[0]}" if len(numbers) == 1 else f"IN ({', '.join(numbers)})"
