"""What the policies keep from the reviewer, in `andon review` and in what commands print."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from andon_client._convert import decision_of
from andon_client._gen.andon.v1 import decision_pb2, review_service_pb2, task_pb2
from andon_client._json import to_struct
from andon_client.cli.card import decision_text
from andon_client.masked import MASK, is_kept
from andon_client.model import Decision, Route, Routing, State
from andon_client.terminal.editing import schema_faults
from tests.client.desk import Hands
from tests.client.test_terminal_review import editor

KEPT: Final = ["attributes.subject", "input.order", "prediction.limit", "reasoning"]
SCHEMA: Final = {
    "type": "object",
    "properties": {"amount": {"type": "number", "minimum": 0}, "limit": {"type": "number", "title": "Limit"}},
    "required": ["amount", "limit"],
}


async def masked(hands: Hands, kept: list[str] = KEPT, **changes: Any) -> str:
    """A task of the reviewer's, from whom these fields are kept."""
    hands.state.schema = SCHEMA
    prediction = {"amount": 40, "limit": MASK}
    name = await hands.hand_out(
        **{"input": {"order": MASK}, "prediction": prediction, "reasoning": MASK, "subject": MASK, **changes}
    )
    task = task_pb2.Task()
    task.CopyFrom(hands.state.tasks[name])
    task.decision.masked_fields.extend(kept)
    hands.state.tasks[name].CopyFrom(task)
    hands.state.send(review_service_pb2.STREAM_EVENT_TYPE_CHANGED, task)
    await hands.until(lambda: bool(hands.app.board.mine[name].decision.masked_fields))
    await hands.settle()
    return name


def lines(seen: str, wanted: str) -> list[str]:
    """The lines of the screen on which a word stands."""
    return [" ".join(line.split()) for line in seen.splitlines() if wanted in line]


async def test_it_is_told_as_kept_and_there_is_nothing_to_open(hands: Hands) -> None:
    fields = [
        task_pb2.FieldPresentation(path="prediction.limit", label="Limit", decisive=True, upsetting=True, unit="EUR")
    ]
    hands.state.presentation = task_pb2.Presentation(effect="Grants it", fields=fields)
    await masked(hands, irreversible=True)
    seen = hands.seen
    assert len(lines(seen, "kept from your role")) == 4
    assert any("Limit" in line for line in lines(seen, "kept from your role"))
    assert "EUR" not in "".join(lines(seen, "kept from your role"))
    assert MASK not in seen
    assert "Earlier on" not in seen
    await hands.press("a", "enter")
    await hands.undo_ends()
    await hands.until(lambda: bool(hands.state.reviews))
    assert list(hands.state.reviews[0].shown.unopened) == []


async def test_a_field_in_what_is_kept_whole_is_kept_and_not_missing(hands: Hands) -> None:
    fields = [task_pb2.FieldPresentation(path="prediction.customer.iban", label="IBAN", decisive=True)]
    hands.state.presentation = task_pb2.Presentation(fields=fields)
    await masked(hands, kept=["prediction"], prediction={"*": MASK})
    assert lines(hands.seen, "IBAN") == ["▌ IBAN kept from your role"]
    assert "* kept from your role" in lines(hands.seen, "*")
    assert "not given" not in hands.seen


async def test_what_only_looks_like_a_mask_is_a_value(hands: Hands) -> None:
    await masked(hands, kept=["prediction.limit"])
    assert any(line.endswith(MASK) for line in lines(hands.seen, "order"))


async def test_a_correction_leaves_it_as_it_stands(hands: Hands) -> None:
    await masked(hands)
    await hands.press("c")
    await hands.wait_for(f"What stands as {MASK} is kept from your role.", "stays as it was")
    await hands.press("2", "5", "enter")
    seen = await hands.wait_for("Correct?", "- 40", "+ 25")
    assert "limit" not in seen[seen.index("Correct?") :]
    await hands.press("enter")
    await hands.undo_ends()
    await hands.until(lambda: bool(hands.state.reviews))
    sent = hands.state.reviews[0].corrected_prediction
    assert sent == to_struct({"amount": 25, "limit": MASK}, "correction")


async def test_nor_does_an_editor_make_a_fault_of_it(
    hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await masked(hands)
    await hands.press("c")
    editor(tmp_path, monkeypatch, f'{{"amount": 1, "limit": "{MASK}"}}')
    await hands.press("ctrl+e")
    await hands.wait_for("Correct?", "- 40", "+ 1")


@pytest.mark.parametrize(
    ("schema", "value", "kept", "faults"),
    [
        ({"properties": {"a": {"type": "number"}}}, {"a": MASK}, ["prediction.a"], []),
        ({"properties": {"a": {"type": "number"}}}, {"a": MASK}, ["prediction.b"], ["a"]),
        ({"properties": {"a": {"type": "number"}}}, {"a": "x"}, ["prediction.a"], ["a"]),
        ({"properties": {"a": {"items": {"type": "number"}}}}, {"a": [MASK, "x"]}, ["prediction.a"], ["a[1]"]),
        ({"required": ["b"]}, {"a": MASK}, ["prediction.a"], [""]),
        ({"oneOf": [{"properties": {"a": {"type": "number"}}}, False]}, {"a": MASK}, ["prediction.a"], []),
        ({"oneOf": [{"properties": {"a": {"type": "number"}}}, False]}, {"a": "x"}, ["prediction.a"], [""]),
    ],
)
def test_what_hangs_on_it_is_no_fault(
    schema: dict[str, Any], value: dict[str, Any], kept: list[str], faults: list[str]
) -> None:
    assert list(schema_faults(schema, value, kept)) == faults


@pytest.mark.parametrize(
    ("path", "kept", "is_it"),
    [
        ("prediction.lines[2].iban", "prediction.lines.iban", True),
        ("prediction.lines[2].iban", "prediction.lines", True),
        ("prediction", "prediction.lines", False),
        ("prediction.linesmen", "prediction.lines", False),
        ("input.iban", "prediction", False),
    ],
)
def test_paths_are_kept_with_what_is_in_them(path: str, kept: str, is_it: bool) -> None:
    assert is_kept(path, [kept]) is is_it


def test_a_command_says_what_is_kept() -> None:
    decision = Decision("decisions/1", "loan.grant", State.PENDING, Routing(Route.REVIEW), masked_fields=tuple(KEPT))
    assert "masked       kept from your role: attributes.subject, input.order" in decision_text(decision)
    assert "masked" not in decision_text(Decision("decisions/1", "x", State.PENDING, Routing(Route.REVIEW)))


def test_the_mask_and_its_paths_come_with_a_decision() -> None:
    assert decision_of(decision_pb2.Decision(masked_fields=["input.iban"])).masked_fields == ("input.iban",)
