"""What retention writes of a decision."""

from __future__ import annotations

from typing import Any

import pytest

from andon.store.records import BESIDE, records

ENTRY = {f"entry_{name}": None for name in ("sequence", "time", "kind", "actor", "task_id", "body", "previous", "hash")}


def told(**columns: Any) -> Any:
    """What is written of a decision with these columns."""
    (record,) = records([{"id": "d", **columns, **ENTRY}], {name: [] for name in BESIDE}, [])
    return record["decision"]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("input", '{"a":[1]}', {"a": [1]}),
        ("input", "", ""),
        ("input", "~sealed~Zm9v", "~sealed~Zm9v"),
        ("comment", '{"a":1}', '{"a":1}'),
        ("outcome", 1, "APPROVED"),
        ("outcome", 99, 99),
        ("sampled", 1, True),
        ("sampled", False, False),
        ("sensitive", None, None),
    ],
)
def test_a_column_is_written_as_what_it_means(column: str, value: Any, said: Any) -> None:
    assert told(**{column: value})[column] == said


def test_rows_of_others_are_left_out() -> None:
    beside: dict[str, Any] = {name: [] for name in BESIDE} | {"barred": [{"decision_id": "e", "principal": "rita"}]}
    (record,) = records([{"id": "d", **ENTRY}], beside, [{"decision_id": "e", "sequence": 1}])
    assert (record["barred"], record["ledger"]) == ([], [])
