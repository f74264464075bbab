"""What `andon review` makes of values: words, forms, differences, evidence."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from andon_client.presentation import FieldFormat
from andon_client.terminal.dialogs import says_something
from andon_client.terminal.diff import Change, difference
from andon_client.terminal.editing import EditFault, from_text, schema_faults
from andon_client.terminal.fields import Field
from andon_client.terminal.form import FieldKind, FormFault, FormField, assemble, form_fields, read
from andon_client.terminal.formats import age_text, countdown_text, share_text, write
from andon_client.terminal.keys import hints
from andon_client.terminal.lines import beside, wrap
from andon_client.terminal.paths import MISSING, value_at
from andon_client.terminal.shown import evidence, still_closed
from andon_client.terminal.visible import reveal, revealed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
OBJECTS = st.dictionaries(st.text(min_size=1, max_size=5), JSON, max_size=4)


@given(st.text(st.characters()))
def test_nothing_revealed_can_steer_a_terminal(text: str) -> None:
    shown = revealed(text)
    assert not {letter for letter in shown if ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0} - {"\n"}


@pytest.mark.parametrize(
    ("text", "shown", "odd"),
    [
        ("plain Weiß 日本", "plain Weiß 日本", False),
        ("a\tb\r\nc", "a    b\nc", False),
        ("\x1b[2J", "⟨U+001B⟩[2J", True),
        ("\u202egnp", "⟨U+202E⟩gnp", True),
        ("a\U000e0041", "a⟨U+E0041 A⟩", True),
        ("p\u0430ypal", "p\u0430ypal", True),
        ("क्\u200dष", "क्\u200dष", False),
        ("pass\u200cword", "pass⟨U+200C⟩word", True),
    ],
)
def test_what_is_hidden_is_named(text: str, shown: str, odd: bool) -> None:
    assert revealed(text) == shown
    assert any(part.odd for part in reveal(text)) is odd


@pytest.mark.parametrize(
    ("value", "form", "unit", "text", "note"),
    [
        (120, FieldFormat.UNKNOWN, "", "120", ""),
        (0.1, FieldFormat.UNKNOWN, "", "0.1", ""),
        (1234.5, FieldFormat.NUMBER, "EUR", "1234.50 EUR", ""),
        (1234567.5, FieldFormat.UNKNOWN, "EUR", "1\u202f234\u202f567.50 EUR", ""),
        (-1234567, FieldFormat.NUMBER, "JPY", "-1\u202f234\u202f567 JPY", ""),
        (10000, FieldFormat.UNKNOWN, "", "10\u202f000", ""),
        (250, FieldFormat.NUMBER, "EUR", "250 EUR", ""),
        (12345, FieldFormat.CODE, "", "12345", ""),
        (0.1234567890123456, FieldFormat.NUMBER, "", "0.1234567890123456", ""),
        (1e300, FieldFormat.NUMBER, "", "1e+300", "larger than a number holds exactly"),
        (0.8567, FieldFormat.PERCENT, "", "85.67 %", ""),
        ("120", FieldFormat.UNKNOWN, "", '"120"', "text"),
        ("120", FieldFormat.NUMBER, "EUR", '"120"', "text, not a number"),
        ("120", FieldFormat.TEXT, "", "120", ""),
        ("2026-03-01", FieldFormat.DATE, "", "1 Mar 2026", "2026-03-01"),
        ("2026-02-30", FieldFormat.DATE, "", "2026-02-30", "not a date"),
        ("soon", FieldFormat.DATE_TIME, "", "soon", "not a moment"),
        ("", FieldFormat.UNKNOWN, "", '""', "empty text"),
        (None, FieldFormat.UNKNOWN, "", "null", ""),
        (True, FieldFormat.NUMBER, "", "true", ""),
        (MISSING, FieldFormat.NUMBER, "", "not given", ""),
    ],
)
def test_values_are_written_and_never_rounded(value: Any, form: FieldFormat, unit: str, text: str, note: str) -> None:
    assert write(value, form, unit) == (text, note)


def test_spans_and_shares() -> None:
    assert [age_text(each) for each in (-1, 59, 60, 3600 * 3 + 300, 86_400 * 4)] == ["0s", "59s", "1m", "3h05", "4d"]
    assert [countdown_text(each) for each in (0, 247, 3599, 3600)] == ["over", "4:07", "59:59", "1h00"]
    assert share_text(0.62) == "62 %"


@given(OBJECTS)
def test_a_form_that_is_not_touched_changes_nothing(proposed: dict[str, Any]) -> None:
    fields = form_fields(None, proposed)
    values = {field.path: read(field, field.text) for field in fields}
    assert difference(proposed, assemble(proposed, values)) == []


@pytest.mark.parametrize(
    ("kind", "value", "text", "wanted"),
    [
        (FieldKind.NUMBER, 1, "2.5", 2.5),
        (FieldKind.NUMBER, 1, "2", 2),
        (FieldKind.INTEGER, 1, "2.0", 2.0),
        (FieldKind.TEXT, "a", "7", "7"),
        (FieldKind.TEXT, "a", "", ""),
        (FieldKind.TEXT, MISSING, "", MISSING),
        (FieldKind.JSON, [1], '["1", null]', ["1", None]),
        (FieldKind.NUMBER, 1, "", MISSING),
    ],
)
def test_what_is_typed_keeps_its_type(kind: FieldKind, value: Any, text: str, wanted: Any) -> None:
    got = read(FormField(("x",), "x", kind, value), text)
    assert got is wanted or (got == wanted and type(got) is type(wanted))


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        (FieldKind.NUMBER, "much", "must be a number"),
        (FieldKind.NUMBER, "true", "must be a number"),
        (FieldKind.NUMBER, "NaN", "must be a number"),
        (FieldKind.INTEGER, "1.5", "must be a whole number"),
        (FieldKind.JSON, "{", "must be JSON"),
    ],
)
def test_what_can_not_be_read_says_what_is_wanted(kind: FieldKind, text: str, said: str) -> None:
    with pytest.raises(FormFault, match=said):
        read(FormField(("x",), "x", kind, MISSING, required=True), text)


def test_a_form_has_what_was_proposed_first() -> None:
    schema = {
        "properties": {
            "refund": {"type": "number", "title": "Refund"},
            "method": {"enum": ["card", None]},
            "to": {"type": "object", "properties": {"iban": {"type": "string"}}},
        },
        "required": ["refund"],
    }
    fields = form_fields(schema, {"refund": "120", "note": "a\nb", "notify": True})
    assert [(field.name, field.kind) for field in fields] == [
        ("refund", FieldKind.JSON),  # the proposal is of another type than the schema asks for
        ("note", FieldKind.JSON),
        ("notify", FieldKind.CHOICE),
        ("method", FieldKind.CHOICE),
        ("to.iban", FieldKind.TEXT),
    ]
    assert assemble({}, {("to", "iban"): "DE1", ("gone", "x"): MISSING}) == {"to": {"iban": "DE1"}}


def test_the_difference_is_told_field_by_field() -> None:
    before = {"a": 1, "b": [1, 2], "c": {"d": "1"}, "e": True, "same": 1}
    after = {"a": 1.5, "b": [1], "c": {"d": 1}, "e": 1, "same": 1.0, "new": None}
    assert difference(before, after) == [
        Change("a", 1, 1.5),
        Change("b[1]", 2, MISSING),
        Change("c.d", "1", 1),
        Change("e", True, 1),
        Change("new", MISSING, None),
    ]


def test_the_digest_is_what_the_module_says() -> None:
    long = Field("input.text", "text", "x" * 700)
    fields = [Field("prediction.amount", "Amount", 40, unit="EUR"), long, Field("input.p", "p", "u", upsetting=True)]
    shown = evidence("andon-terminal-task/1", "00", "Do it", ["because"], fields, {"input.text"}, 1.5)
    lines = [
        {"path": "prediction.amount", "label": "Amount", "state": "shown", "text": "40 EUR"},
        {"path": "input.text", "label": "text", "state": "shown", "text": "x" * 700},
        {"path": "input.p", "label": "p", "state": "covered", "text": ""},
    ]
    screen = {"effect": "Do it", "fields": lines, "format": "andon-terminal-task/1", "payload_hash": "00"}
    text = json.dumps({**screen, "reasons": ["because"]}, separators=(",", ":"), sort_keys=True)
    assert shown.digest == hashlib.sha256(text.encode()).hexdigest()
    assert (shown.opened, shown.unopened, shown.view_time) == (("input.text",), ("input.p",), 1.5)


def test_decisive_fields_are_never_cut() -> None:
    assert still_closed([Field("a", "a", "x" * 9000, whole=True)], set()) == []


def test_nothing_is_cut_by_wrapping() -> None:
    words = "one two three " * 20 + "x" * 100
    for width in (4, 20, 80):
        lines = wrap([beside("  label  ", Text(words))], width)
        assert "".join(line.text.plain for line in lines).replace(" ", "").endswith(words.replace(" ", ""))


def test_values_are_found_by_path() -> None:
    root = {"a": {"b.c": [{"d": 1}]}, "a.b": None}
    assert value_at(root, "a.b.c[0].d") == 1
    assert value_at(root, "a.b") is None
    assert value_at(root, "a.b.c[1]") is MISSING


def test_corrections_that_can_not_be_sent() -> None:
    for text in ("{", "[1]", '{"a": NaN}', '{"a": 1e999}', "[" * 100_000):
        with pytest.raises(EditFault):
            from_text(text)
    assert schema_faults({"properties": {"a": {"type": "number"}}}, {"a": "1"}) == {"a": "'1' is not of type 'number'"}
    assert schema_faults({"$ref": "https://example.com/schema"}, {}) == {}


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_keys_fit_into_their_line_and_help_is_there(width: int) -> None:
    assert "? help" in hints(80)
    assert len(hints(max(width, 64))) <= max(width, 64)


def test_paths_of_hostile_fields_are_what_the_server_takes() -> None:
    """No decision may be made so that its verdict can't be sent."""
    fields = [Field(f"input.k\n{at}" + "é" * 600, "k", "x" * 900) for at in range(300)]
    shown = evidence("andon-terminal-task/1", "00", "Do it", [], fields, set(), 1.5)
    assert shown.unopened
    assert all(len(path) <= 512 and path.isprintable() for path in shown.unopened)
    assert sum(len(path.encode()) for path in shown.unopened) <= 8192


@pytest.mark.parametrize("unseen", ["", " ", "\u200b\u00ad", "\0", "\u034f", "\U000e0020", "\u3164", "\u2800"])
def test_a_comment_of_what_nobody_sees_says_nothing(unseen: str) -> None:
    assert not says_something(unseen)
    assert says_something(f"{unseen}?")
