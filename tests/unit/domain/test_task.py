"""The state machine: every pair of state and event, written out a second time."""

from __future__ import annotations

import pytest

from andon.domain.errors import InvalidTransition
from andon.domain.task import OPEN, TRANSITIONS, TaskEvent, TaskState, next_state, sources

# Rows are states, columns events in the enum's order: lease renew release lapse escalate review expire cancel.
TABLE = {
    "WAITING": "LEASED - - - WAITING - EXPIRED CANCELLED",
    "LEASED": "- LEASED WAITING WAITING WAITING REVIEWED EXPIRED CANCELLED",
    "REVIEWED": "- - - - - - - -",
    "EXPIRED": "- - - - - - - -",
    "CANCELLED": "- - - - - - - -",
}
PAIRS = [
    (TaskState[state], event, target.strip("-"))
    for state, row in TABLE.items()
    for event, target in zip(TaskEvent, row.split(), strict=True)
]


def test_every_pair_is_judged() -> None:
    assert {(state, event) for state, event, _ in PAIRS} == {
        (state, event) for state in TaskState for event in TaskEvent
    }


@pytest.mark.parametrize(("state", "event", "target"), PAIRS)
def test_each_pair(state: TaskState, event: TaskEvent, target: str) -> None:
    if target:
        assert next_state(state, event) is TaskState[target]
        return
    with pytest.raises(InvalidTransition, match=rf"no transition from {state.name} by {event}"):
        next_state(state, event)


def test_only_open_tasks_move_and_every_open_one_can_end() -> None:
    assert {state for state, _ in TRANSITIONS} == OPEN
    for state in OPEN:
        assert any(target not in OPEN for (source, _), target in TRANSITIONS.items() if source is state)


@pytest.mark.parametrize("event", list(TaskEvent))
def test_sources_are_the_states_an_event_may_start_from(event: TaskEvent) -> None:
    assert set(sources(event)) == {state for state, candidate in TRANSITIONS if candidate is event}
    assert sources(event)
