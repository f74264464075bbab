"""How a policy wants a decision shown, and the evidence of what was shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from andon_client._convert import duration, enum_value
from andon_client._gen.andon.v1 import task_pb2
from andon_client.feedback import Verdict, verdict_of


class FieldFormat(StrEnum):
    """How a field's value is written. UNKNOWN: as its JSON type says."""

    UNKNOWN = "UNKNOWN"
    TEXT = "TEXT"
    LONG_TEXT = "LONG_TEXT"
    NUMBER = "NUMBER"
    PERCENT = "PERCENT"
    DATE = "DATE"
    DATE_TIME = "DATE_TIME"
    IMAGE = "IMAGE"
    CODE = "CODE"


@dataclass(frozen=True, slots=True)
class FieldPresentation:
    """How one field is shown. What is below `path` is shown likewise, unless it is named itself."""

    path: str
    label: str = ""
    format: FieldFormat = FieldFormat.UNKNOWN
    unit: str = ""
    decisive: bool = False
    upsetting: bool = False


@dataclass(frozen=True, slots=True)
class Presentation:
    """What the policy says of showing a decision, and which verdicts need a comment."""

    effect: str = ""
    fields: tuple[FieldPresentation, ...] = ()
    comment_required: frozenset[Verdict] = frozenset()


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown when a verdict was given, as the client tells it. Recorded with the verdict.

    `digest` is a SHA-256 in lower-case hexadecimal; `opened` and `unopened` are paths of fields that were cut short or
    covered at first; `view_time` is in seconds.
    """

    digest: str
    opened: tuple[str, ...] = ()
    unopened: tuple[str, ...] = ()
    view_time: float = 0.0


def presentation_of(message: task_pb2.Presentation) -> Presentation:
    """A presentation from its message."""
    fields = tuple(
        FieldPresentation(
            field.path,
            field.label,
            enum_value(FieldFormat, task_pb2.FieldFormat, "FIELD_FORMAT_", field.format),
            field.unit,
            field.decisive,
            field.upsetting,
        )
        for field in message.fields
    )
    return Presentation(message.effect, fields, frozenset(verdict_of(number) for number in message.comment_required))


def shown_message(shown: Shown) -> task_pb2.Shown:
    """The message for what was shown."""
    return task_pb2.Shown(
        digest=shown.digest, opened=shown.opened, unopened=shown.unopened, view_time=duration(shown.view_time)
    )
