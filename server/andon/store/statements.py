"""The SQL of an engine: found by name in its package's queries/. States in guards come from the domain's table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from importlib import resources
from string import Template
from typing import Final

from andon.domain.effect import PAYLOAD
from andon.domain.priority import STEP, TOP
from andon.domain.review import Verdict
from andon.domain.task import OPEN, TRANSITIONS, TaskEvent, TaskState, sources

_FRAGMENTS: Final = (
    "columns_decision", "columns_task", "columns_review", "columns_delivery", "from_decision", "from_task",
    "timeout_default", "but_blind", "set_escalated", "new_tasks", "covered", "held", "about",
    "columns_hold",
)  # fmt: skip
"""Files that are parts of statements. Not every engine has all of them."""
_LARGE: Final = "d.input, d.prediction, d.reasoning"
_NOTHING: Final[Mapping[str, str]] = {"input": "'{}'", "prediction": "'{}'", "reasoning": "''"}

Choice = Callable[[int, str, str], str]
"""What reads a column where a bit of the presentation's `reads` is set, and a constant elsewhere."""


class Statements:
    """All statements of one engine. `choose` says in its dialect how a brief listing leaves out what may be large."""

    def __init__(self, package: str, choose: Choice) -> None:
        self._folder = resources.files(package) / "queries"
        self._choose = choose
        self._made = lru_cache(maxsize=1024)(self._make)

    def __call__(self, name: str, filter: str = "", order: str = "", *, brief: bool = False) -> str:
        """The statement of that name, ready to run.

        `filter` (conditions, each begun with AND) and `order` fill the places some statements have for them. Both
        come from code, never from callers. `brief` reads nothing of a decision that may be large, but for what the
        effect's sentence needs in statements on tasks.
        """
        return self._made(name, filter, order, brief)

    def names(self) -> list[str]:
        """Every statement there is, sorted."""
        found = (file.name.removesuffix(".sql") for file in self._folder.iterdir() if file.name.endswith(".sql"))
        return sorted(name for name in found if name not in _FRAGMENTS)

    def fragment(self, name: str) -> str:
        """A part of statements by its name, for their `filter`."""
        return self._words[name]

    def _make(self, name: str, filter: str, order: str, brief: bool) -> str:
        template, words = self._read(name), self._words
        if brief:
            large = self._brief(words["columns_decision"], tasks="$from_task" in template.template)
            words = {**words, "columns_decision": large}
        return template.substitute(words, filter=filter, order=order)

    def _has(self, name: str) -> bool:
        return (self._folder / f"{name}.sql").is_file()

    def _read(self, name: str) -> Template:
        return Template((self._folder / f"{name}.sql").read_text("utf-8").strip())

    @cached_property
    def _words(self) -> dict[str, str]:
        words = {one.name: str(one.value) for one in (*TaskState, *Verdict)}
        words |= {"OPEN": _are(OPEN), "TOP": str(TOP), "STEP": str(STEP)}
        for event in TaskEvent:
            words[f"from_{event}"] = _are(sources(event))
            (target,) = {TRANSITIONS[state, event] for state in sources(event)}
            words[f"to_{event}"] = str(target.value)
        return words | {name: self._read(name).substitute(words) for name in _FRAGMENTS if self._has(name)}

    def _brief(self, columns: str, *, tasks: bool) -> str:
        assert _LARGE in columns
        read = [
            f"{self._choose(PAYLOAD[root], f'd.{root}', nothing) if tasks else nothing} AS {root}"
            for root, nothing in _NOTHING.items()
        ]
        return columns.replace(_LARGE, ", ".join(read))


def _are(states: Iterable[TaskState]) -> str:
    """`= 1`, or `IN (1, 2)`: as the partial indexes say it, for engines compare words."""
    numbers = [str(state.value) for state in sorted(states)]
    return f"= {numbers[0]}" if len(numbers) == 1 else f"IN ({', '.join(numbers)})"
