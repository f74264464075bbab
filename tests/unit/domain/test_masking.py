"""What somebody is shown of a decision: masked where it is kept from them, and put back where they leave the mask."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from andon.domain.canonical import Json, JsonObject, canonical
from andon.domain.decision import Decision, Outcome, Resolution
from andon.domain.masking import IN_PLACE, LEAVE, MASK, NO_VALUE, kept_faults, masked, masked_prediction, restored
from andon.domain.sensitive import NOTHING, Sensitive
from tests.builders import make_decision, make_proposal
from tests.unit.domain.json_values import VALUES

INPUT: JsonObject = {
    "customer": {"iban": "DE89", "name": "Ann"},
    "people": [{"iban": "FR14", "age": 5}, {"age": 6}],
    "a.b": {"c": 1},
}


def given_one(**proposed: object) -> Decision:
    proposal = make_proposal(
        input=INPUT,
        prediction={"amount": 12, "to": {"iban": "DE89"}},
        subject="customers/1",
        extra={"vip": True, "notes": ["x"]},
    )
    decision = make_decision(replace(proposal, **proposed))  # type: ignore[arg-type]  # of a Proposal
    resolution = Resolution(Outcome.CORRECTED, "ada", 1, {"amount": 9, "to": {"iban": "NL91"}})
    return replace(decision, resolution=resolution)


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("input.customer.iban", {**INPUT, "customer": {"iban": MASK, "name": "Ann"}}),
        ("input.customer", {**INPUT, "customer": MASK}),
        ("input.people.iban", {**INPUT, "people": [{"iban": MASK, "age": 5}, {"age": 6}]}),
        ("input.people", {**INPUT, "people": MASK}),
        ("input.a.b.c", {**INPUT, "a.b": {"c": MASK}}),
        ("input", {"*": MASK}),
        ("input.nothing.there", INPUT),
        ("input.custom", INPUT),
    ],
)
def test_a_field_of_the_input_is_masked_and_nothing_else(field: str, shown: JsonObject) -> None:
    before = given_one()
    after = masked(before, (field,))
    assert canonical(after.proposal.input) == canonical(shown)
    assert after == replace(before, proposal=replace(before.proposal, input=after.proposal.input), masked=(field,))


def test_a_field_of_the_prediction_is_masked_in_the_correction_as_well() -> None:
    after = masked(given_one(), ("prediction.to",))
    assert after.proposal.prediction == {"amount": 12, "to": MASK}
    assert after.resolution is not None
    assert after.resolution.corrected_prediction == {"amount": 9, "to": MASK}


def test_reasoning_subject_and_free_attributes_are_masked() -> None:
    after = masked(given_one(), ("attributes.extra.vip", "attributes.subject", "reasoning")).proposal
    assert (after.reasoning, after.attributes.subject) == (MASK, MASK)
    assert after.attributes.extra == {"vip": MASK, "notes": ["x"]}


def test_what_is_not_there_is_not_masked() -> None:
    bare = make_decision(make_proposal(input={}, prediction={}, reasoning=""))
    fields = ("attributes.extra", "attributes.subject", "input", "prediction", "reasoning")
    assert masked(bare, fields) == replace(bare, masked=fields)


def test_with_nothing_kept_it_is_the_same_object() -> None:
    decision = given_one()
    assert masked(decision, ()) is decision
    assert masked_prediction({"a": 1}, ("input.a",)) == {"a": 1}


PREDICTION: JsonObject = {"amount": 12, "to": {"iban": "DE89"}, "lines": [{"iban": "A", "n": 1}, {"iban": "B", "n": 2}]}
SHOWN: JsonObject = {"amount": 12, "to": {"iban": MASK}, "lines": [{"iban": MASK, "n": 1}, {"iban": MASK, "n": 2}]}
KEPT = ("prediction.lines.iban", "prediction.more.iban", "prediction.to.iban")


def wrong(correction: JsonObject, original: JsonObject = PREDICTION, fields: tuple[str, ...] = KEPT) -> dict[str, str]:
    return {fault.path: fault.description for fault in kept_faults(correction, original, fields)}


def test_what_is_left_as_it_was_shown_stays_as_it_was_and_the_rest_is_corrected() -> None:
    lines: Json = [{"iban": MASK, "n": 5}, {"iban": MASK, "n": 7, "new": [1]}]
    sent: JsonObject = {**SHOWN, "amount": 9, "note": "x", "lines": lines}
    assert wrong(sent) == {}
    assert restored(sent, PREDICTION, KEPT) == {
        **sent,
        "to": {"iban": "DE89"},
        "lines": [{"iban": "A", "n": 5}, {"iban": "B", "n": 7, "new": [1]}],
    }


@pytest.mark.parametrize(
    ("changed", "path", "why"),
    [
        ({"to": {"iban": "DE89"}}, "to.iban", LEAVE),
        ({"to": {"iban": "NL91"}}, "to.iban", LEAVE),
        ({"to": {"iban": None}}, "to.iban", LEAVE),
        ({"to": {}}, "to.iban", LEAVE),
        ({"to": "nobody"}, "to", LEAVE),
        ({"to": [{"iban": MASK}]}, "to", LEAVE),
        ({"to.iban": MASK}, "to.iban", LEAVE),
        ({"more": {"iban": "NL91"}}, "more.iban", LEAVE),
        ({"more": [{"iban": MASK}]}, "more[0].iban", LEAVE),
        ({"amount": MASK}, "amount", NO_VALUE),
        ({"note": {"a": [1, MASK]}}, "note.a[1]", NO_VALUE),
        ({"lines": None}, "lines", LEAVE),
        ({"lines": [{"iban": MASK, "n": 2}]}, "lines", IN_PLACE),
        ({"lines": [{"iban": MASK, "n": 1}, {"iban": MASK, "n": 2}, {"n": 3}]}, "lines", IN_PLACE),
        ({"lines": [{"iban": MASK, "n": 2}, {"iban": MASK, "n": 1}]}, "lines", IN_PLACE),
        ({"lines": [{"iban": MASK, "n": 2}, {"iban": MASK, "n": 9}]}, "lines", IN_PLACE),
        ({"lines": [{"iban": MASK, "n": 1}, {"iban": "C", "n": 2}]}, "lines[1].iban", LEAVE),
        ({"lines": [{"iban": MASK, "n": 1}, {"n": 2}]}, "lines[1].iban", LEAVE),
    ],
)
def test_what_is_kept_can_not_be_touched(changed: JsonObject, path: str, why: str) -> None:
    assert wrong({**SHOWN, **changed})[f"corrected_prediction.{path}"] == why


def test_a_member_that_is_kept_can_not_be_left_out() -> None:
    assert wrong({"amount": 1}) == {f"corrected_prediction.{name}": LEAVE for name in ("to", "lines")}


def test_a_list_of_which_nothing_is_kept_is_free() -> None:
    original: JsonObject = {"lines": [{"n": 1}, {"n": 2}]}
    assert wrong({"lines": [{"n": 2}, {"n": 1}, {"n": 3}]}, original) == {}
    assert wrong({"lines": []}, original) == {}


@pytest.mark.parametrize("fields", [(), ("input.a",), ("prediction.a",)])
def test_the_mask_is_no_value_unless_it_was_proposed(fields: tuple[str, ...]) -> None:
    assert wrong({"b": MASK}, {"b": 1}, fields) == {"corrected_prediction.b": NO_VALUE}
    assert wrong({"*": MASK}, {"b": 1}, fields) == {"corrected_prediction.*": NO_VALUE}
    assert wrong({"b": MASK}, {"b": MASK}, fields) == {}


def test_of_what_is_kept_as_a_whole_nothing_is_corrected() -> None:
    assert wrong({"*": MASK}, fields=("prediction",)) == {}
    assert wrong({"*": MASK, "note": 1}, fields=("prediction",)) == {"corrected_prediction": LEAVE}
    assert wrong({"amount": 12}, fields=("prediction",)) == {"corrected_prediction": LEAVE}


_FIELDS = st.lists(
    st.sampled_from(["prediction", "prediction.a", "prediction.a.b", "prediction.b", "input.a"]), max_size=3
)


@given(st.dictionaries(st.sampled_from(["a", "b", "a.b", ""]), VALUES, max_size=3), _FIELDS)
def test_what_is_sent_back_as_it_was_shown_is_what_was_proposed(prediction: JsonObject, fields: list[str]) -> None:
    shown = masked_prediction(prediction, tuple(fields))
    assert shown is not None
    assert list(kept_faults(shown, prediction, tuple(fields))) == []
    assert canonical(restored(shown, prediction, tuple(fields))) == canonical(prediction)


def test_two_policies_together_keep_what_either_keeps() -> None:
    one = Sensitive.of({"input.a": ["lead", "reviewer"], "input.b": ["lead"]})
    other = Sensitive.of({"input.a": ["reviewer", "auditor"], "reasoning": []})
    both = one.joined(other)
    assert both == other.joined(one) == Sensitive.of({"input.a": ["reviewer"], "input.b": ["lead"], "reasoning": []})
    assert both.kept_from(frozenset({"reviewer"})) == ("input.b", "reasoning")
    assert both.kept_from(frozenset({"reviewer", "lead"})) == ("reasoning",)
    assert NOTHING.joined(one) == one.joined(NOTHING) == one


def test_it_is_stored_as_it_is_read() -> None:
    one = Sensitive.of({"input.b": ["lead", "auditor"], "input.a": []})
    text: dict[str, Json] = dict(one.as_json())
    assert Sensitive.of(text) == one
