"""What somebody is shown of a decision: the policies' sensitive fields are masked unless their roles are shown them.

A masked value, of whatever type, is the text `MASK`. A field that the decision does not have is not masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple, TypeAlias, cast

from andon.domain.canonical import Json, JsonObject, canonical
from andon.domain.decision import Attributes, Decision, Proposal, Resolution
from andon.domain.errors import FieldFault
from andon.domain.sensitive import SUBJECT

MASK: Final = "[masked]"
"""Stands where a value is kept from whom a copy is for."""
LEAVE: Final = "is kept from you: leave it as it was shown"
IN_PLACE: Final = "items of this list can't be added, moved or removed: part of them is kept from you"
NO_VALUE: Final = f"{MASK} is no value: it stands for what is kept"
_PREDICTION: Final = "prediction"
_CORRECTION: Final = "corrected_prediction"
_REASONING: Final = "reasoning"

_STEP: Final = re.compile(r"[.\[]|$")
_ITEM: Final = re.compile(r"\[[0-9]+\]")
_WHOLE: Final[JsonObject] = {"*": MASK}

Path: TypeAlias = tuple[str, ...]


class Kept(NamedTuple):
    """Fields that are kept from somebody, by where they are: paths below `input`, `prediction` and `attributes.extra`.

    An empty path is all of it.
    """

    input: tuple[Path, ...] = ()
    prediction: tuple[Path, ...] = ()
    extra: tuple[Path, ...] = ()
    reasoning: bool = False
    subject: bool = False


def kept_of(fields: Sequence[str]) -> Kept:
    """The fields by where they are. They are of the form that policies take."""
    paths = [tuple(field.split(".")) for field in fields]
    return Kept(
        tuple(path[1:] for path in paths if path[0] == "input"),
        tuple(path[1:] for path in paths if path[0] == _PREDICTION),
        tuple(path[2:] for path in paths if path[:2] == ("attributes", "extra")),
        _REASONING in fields,
        SUBJECT in fields,
    )


def masked(decision: Decision, fields: Sequence[str]) -> Decision:
    """A copy of a decision in which these fields are masked. `masked` of it names them all."""
    if not fields:
        return decision
    kept = kept_of(fields)
    resolution = decision.resolution
    return replace(
        decision,
        proposal=_proposal(decision.proposal, kept),
        resolution=None if resolution is None else masked_resolution(resolution, fields),
        masked=tuple(fields),
    )


def masked_resolution(resolution: Resolution, fields: Sequence[str]) -> Resolution:
    """An end in which what these fields say of a prediction is masked in its correction."""
    corrected = masked_prediction(resolution.corrected_prediction, fields)
    return (
        resolution
        if corrected is resolution.corrected_prediction
        else replace(resolution, corrected_prediction=corrected)
    )


def masked_prediction(prediction: JsonObject | None, fields: Sequence[str]) -> JsonObject | None:
    """A prediction, or a correction of it, in which these fields are masked."""
    paths = kept_of(fields).prediction
    return prediction if prediction is None or not paths else _object(prediction, paths)


def told_paths(paths: Sequence[str], fields: Sequence[str], root: str = "") -> tuple[str, ...]:
    """Paths such as `lines[2].price`, below `root`, of which none leads into one of these fields: the names of what is
    in it are told no more than its values.
    """
    before = f"{root}." if root else ""
    cut = (_cut(before + path, fields)[len(before) :] for path in paths)
    return tuple(dict.fromkeys(path or "*" for path in cut))


def kept_faults(correction: JsonObject, original: JsonObject, fields: Sequence[str]) -> Iterator[FieldFault]:
    """Where a correction by somebody from whom these fields of the original are kept does not leave them as they were
    shown. A mask where the original has none is a fault whatever is kept: nobody means that text.

    Paths are such as `corrected_prediction.lines[2].iban`.
    """
    paths = kept_of(fields).prediction
    if () not in paths:
        yield from _faults(correction, original, paths, _CORRECTION)
    elif canonical(correction) != canonical(_object(original, paths)):
        yield FieldFault(_CORRECTION, LEAVE)


def restored(correction: JsonObject, original: JsonObject, fields: Sequence[str]) -> JsonObject:
    """A correction without `kept_faults` as it is meant: what is kept stands as in the original."""
    paths = kept_of(fields).prediction
    if not paths:
        return correction
    return original if () in paths else cast("JsonObject", _restored(correction, original, paths))


def _proposal(proposal: Proposal, kept: Kept) -> Proposal:
    return replace(
        proposal,
        input=_object(proposal.input, kept.input),
        prediction=_object(proposal.prediction, kept.prediction),
        reasoning=MASK if kept.reasoning and proposal.reasoning else proposal.reasoning,
        attributes=_attributes(proposal.attributes, kept),
    )


def _attributes(attributes: Attributes, kept: Kept) -> Attributes:
    if not (kept.extra or kept.subject):
        return attributes
    subject = MASK if kept.subject and attributes.subject else attributes.subject
    return replace(attributes, subject=subject, extra=_object(attributes.extra, kept.extra))


def _object(value: JsonObject, paths: Sequence[Path]) -> JsonObject:
    """The object with what is at the paths masked. One of which all is kept has a single member instead."""
    if not paths:
        return value
    if () in paths:
        return _WHOLE if value else value
    return cast("JsonObject", _masked(value, paths))


def _masked(value: Json, paths: Sequence[Path]) -> Json:
    """The value with what is at the paths masked. Lists on the way are gone through, item by item."""
    if () in paths:
        return MASK
    if isinstance(value, Mapping):
        return {name: _member(name, inner, paths) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_masked(inner, paths) for inner in value]
    return value


def _member(name: str, value: Json, paths: Sequence[Path]) -> Json:
    below = _below(name, paths)
    return _masked(value, below) if below else value


def _below(name: str, paths: Sequence[Path]) -> list[Path]:
    """The paths below a member. Its name may hold dots itself, so it may be several parts of a path."""
    return [path[count:] for path in paths for count in range(1, len(path) + 1) if ".".join(path[:count]) == name]


def _cut(path: str, fields: Sequence[str]) -> str:
    """The path up to the first of these fields on its way."""
    ends = [found.start() for found in _STEP.finditer(path)]
    return next((path[:end] for end in ends if _ITEM.sub("", path[:end]) in fields), path)


def _holds(value: Json, paths: Sequence[Path]) -> bool:
    """Whether something at the paths is there."""
    if () in paths:
        return True
    if isinstance(value, Mapping):
        return any(_holds(inner, _below(name, paths)) for name, inner in value.items())
    return _is_list(value) and any(_holds(inner, paths) for inner in cast("Sequence[Json]", value))


def _faults(given: Json, original: Json, paths: Sequence[Path], at: str) -> Iterator[FieldFault]:
    """`paths` are what is kept below, in the original or not; none of them is empty."""
    if isinstance(given, Mapping):
        yield from _faults_of_members(given, original if isinstance(original, Mapping) else None, paths, at)
    elif _is_list(given):
        yield from _faults_of_items(cast("Sequence[Json]", given), original, paths, at)
    elif given == MASK and original != MASK:
        yield FieldFault(at, NO_VALUE)
    alike = isinstance(given, Mapping) is isinstance(original, Mapping) and _is_list(given) is _is_list(original)
    if not alike and _holds(original, paths):
        yield FieldFault(at, LEAVE)


def _faults_of_members(
    given: Mapping[str, Json], original: Mapping[str, Json] | None, paths: Sequence[Path], at: str
) -> Iterator[FieldFault]:
    before = original or {}
    for name, inner in given.items():
        below, there = _below(name, paths), f"{at}.{name}"
        if () not in below:
            yield from _faults(inner, before.get(name), below, there)
        elif name not in before or inner != MASK:
            yield FieldFault(there, LEAVE)
    for name, inner in before.items():
        if name not in given and _holds(inner, _below(name, paths)):
            yield FieldFault(f"{at}.{name}", LEAVE)


def _faults_of_items(given: Sequence[Json], original: Json, paths: Sequence[Path], at: str) -> Iterator[FieldFault]:
    before = cast("Sequence[Json]", original) if _is_list(original) else ()
    if any(_holds(inner, paths) for inner in before) and _is_rearranged(given, before, paths):
        yield FieldFault(at, IN_PLACE)
        return
    for place, inner in enumerate(given):
        yield from _faults(inner, before[place] if place < len(before) else None, paths, f"{at}[{place}]")


def _is_rearranged(given: Sequence[Json], before: Sequence[Json], paths: Sequence[Path]) -> bool:
    """Whether there are more or fewer items, or one stands as another one was shown."""
    shown = [canonical(_masked(inner, paths)) for inner in before]
    now = [canonical(inner) for inner in given]
    known = frozenset(shown)
    return len(now) != len(shown) or any(one != own and one in known for one, own in zip(now, shown, strict=True))


def _restored(given: Json, original: Json, paths: Sequence[Path]) -> Json:
    """`given` with what is at the paths as in the original."""
    if () in paths:
        return original
    if isinstance(given, Mapping) and isinstance(original, Mapping):
        return {
            name: _restored(inner, original[name], _below(name, paths)) if name in original else inner
            for name, inner in given.items()
        }
    if _is_list(given) and _is_list(original) and _holds(original, paths):
        pairs = zip(cast("Sequence[Json]", given), cast("Sequence[Json]", original), strict=True)
        return [_restored(inner, before, paths) for inner, before in pairs]
    return given


def _is_list(value: Json) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
