"""Control characters, and the cases of words."""

from __future__ import annotations

import pytest

from andon.domain.text import cases_of, has_control


@pytest.mark.parametrize("text", ["\0", "a\nb", "\x1f", "\x7f", "\x85", "\x9f"])
def test_control_characters_are_found(text: str) -> None:
    assert has_control(text)


@pytest.mark.parametrize("text", ["", "a b", "Ärger", "\u00a0", "~", "👎"])
def test_other_characters_are_none(text: str) -> None:
    assert not has_control(text)


@pytest.mark.parametrize(
    ("word", "cases"),
    [
        ("ärger", ["ÄRGER", "Ärger", "ärger"]),
        ("STRAßE", ["STRAßE", "Straße", "straße"]),
        ("\u017f", ["\u017f"]),
        ("Flu\u017fs", ["FLU\u017fS", "Flu\u017fs", "flu\u017fs"]),
        ("\u212a", ["\u212a"]),
        ("ΟΔΟΣ", ["ΟΔΟΣ", "Οδος", "οδος"]),
        ("İ", ["İ"]),
        ("東京", ["東京"]),
    ],
)
def test_a_letter_changes_its_case_where_that_leads_back(word: str, cases: list[str]) -> None:
    assert cases_of(word) == sorted(cases)
