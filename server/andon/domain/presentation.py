"""How a policy wants a decision shown to the person who judges it, and what it asks of the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from andon.domain.canonical import JsonObject
from andon.domain.review import Verdict


class FieldFormat(IntEnum):
    """How a field's value is written."""

    UNSPECIFIED = 0
    TEXT = 1
    LONG_TEXT = 2
    NUMBER = 3
    PERCENT = 4
    DATE = 5
    DATE_TIME = 6
    IMAGE = 7
    CODE = 8


@dataclass(frozen=True, slots=True)
class FieldPresentation:
    """How one field is shown. `path` is dotted: `prediction.amount`; a list's path stands for its items too."""

    path: str
    label: str = ""
    format: FieldFormat = FieldFormat.UNSPECIFIED
    unit: str = ""
    decisive: bool = False
    upsetting: bool = False


@dataclass(frozen=True, slots=True)
class Presentation:
    """What a policy says, as it stood when the decision was routed.

    `effect` is the template of the sentence (`andon.domain.effect`), empty where the policy has none.
    `comment_required` are the verdicts that need a comment.
    """

    effect: str = ""
    fields: tuple[FieldPresentation, ...] = ()
    comment_required: tuple[Verdict, ...] = ()

    def as_json(self) -> JsonObject:
        """As it is stored; what says nothing is left out."""
        fields = [_without_defaults(field) for field in self.fields]
        required = [int(verdict) for verdict in self.comment_required]
        return {"effect": self.effect, "fields": fields, "comment_required": required}


def _without_defaults(field: FieldPresentation) -> JsonObject:
    names = ("label", "unit", "decisive", "upsetting")
    stated = {name: value for name in names if (value := getattr(field, name))}
    return {"path": field.path, "format": int(field.format), **stated}
