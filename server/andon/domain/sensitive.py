"""What policies call sensitive: which roles are shown which fields of a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from andon.domain.canonical import Json, JsonObject

SUBJECT: Final = "attributes.subject"
"""The field that says whom or what a decision is about."""


@dataclass(frozen=True, slots=True)
class Sensitive:
    """The sensitive fields, each with the roles that are shown it, both sorted; to everybody else it is masked.

    A field is a dotted path as a presentation has it, beginning with `input`, `prediction` (that of a correction as
    well), `reasoning`, `attributes.subject` or `attributes.extra`. Who submitted a decision, or on whose behalf it was
    submitted, is shown all of it.
    """

    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def joined(self, other: Sensitive) -> Sensitive:
        """What either keeps back: a field that both name is shown to the roles that both show it to."""
        if not other.fields or self == other:
            return self
        if not self.fields:
            return other
        both = dict(self.fields)
        for field, roles in other.fields:
            both[field] = tuple(role for role in both[field] if role in roles) if field in both else roles
        return Sensitive(tuple(sorted(both.items())))

    def kept_from(self, roles: frozenset[str]) -> tuple[str, ...]:
        """The fields that somebody of these roles is not shown, sorted."""
        return tuple(field for field, shown in self.fields if roles.isdisjoint(shown))

    def as_json(self) -> JsonObject:
        """As they are stored."""
        stated: dict[str, Json] = {field: list(roles) for field, roles in self.fields}
        return stated

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> Sensitive:
        """The reverse of `as_json`, and what a policy states, in whatever order."""
        return cls(tuple(sorted((field, _sorted(roles)) for field, roles in stated.items())))


NOTHING = Sensitive()
"""Where no policy calls anything sensitive."""


def _sorted(roles: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(roles)))
