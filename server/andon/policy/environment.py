"""What rules are checked against: the decision's message type, brought in by the composition root."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from cel_expr_python import cel
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

VARIABLE: Final = "decision"
EXTRA: Final = "extra"
REVIEWER: Final = "reviewer"
TYPES: Final = {
    "string": cel.Type.STRING,
    "bool": cel.Type.BOOL,
    "double": cel.Type.DOUBLE,
    "int": cel.Type.INT,
}
_WORDS: Final = cel.Type.List(cel.Type.STRING)
REVIEWER_TYPES: Final = {
    "name": cel.Type.STRING,
    "roles": _WORDS,
    "skills": _WORDS,
    "queues": _WORDS,
    "groups": _WORDS,
}
_FIELD_BEHAVIOR: Final = "google.api.field_behavior"
_OUTPUT_ONLY: Final = 3
_READABLE_OUTPUT: Final = frozenset({"submitter"})


class Environment:
    """The message type that rules read as `decision`, so that policies import no generated code.

    Raises KeyError where the pool does not hold the message.
    """

    def __init__(self, pool: DescriptorPool, message: str = "andon.v1.Decision") -> None:
        self._pool = pool
        self.descriptor: Descriptor = pool.FindMessageTypeByName(message)

    @cached_property
    def message_class(self) -> type[Message]:
        """The class of the decision's message."""
        return GetMessageClass(self.descriptor)

    @cached_property
    def readable(self) -> frozenset[str]:
        """The decision's fields that rules may read: what the caller states, and the submitter."""
        fields = (field.name for field in self.descriptor.fields if not _is_output(field))
        return frozenset(fields) | _READABLE_OUTPUT

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The typed attributes, read as `decision.attributes.NAME`."""
        field = self.descriptor.fields_by_name.get("attributes")
        names = () if field is None or field.message_type is None else field.message_type.fields_by_name
        return frozenset(names) - {EXTRA}

    def fields_of(self, message: str) -> frozenset[str]:
        """The names of a message's fields; empty for an unknown message."""
        try:
            return frozenset(self._pool.FindMessageTypeByName(message).fields_by_name)
        except KeyError:
            return frozenset()

    def cel(self, extras: dict[str, str], *, reviewer: bool = False) -> cel.Env:
        """A type-checker with `decision` and the declared free attributes (name → one of TYPES).

        With `reviewer` what is known of the reviewer can be read besides.
        """
        declared = {f"{EXTRA}.{name}": TYPES[kind] for name, kind in extras.items()}
        if reviewer:
            declared |= {f"{REVIEWER}.{name}": kind for name, kind in REVIEWER_TYPES.items()}
        return cel.NewEnv(self._pool, variables={VARIABLE: cel.Type(self.descriptor.full_name), **declared})


def _is_output(field: FieldDescriptor) -> bool:
    options = field.GetOptions().ListFields()
    return any(option.full_name == _FIELD_BEHAVIOR and _OUTPUT_ONLY in value for option, value in options)
