"""What an AI proposes to do, as the caller writes it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, TypedDict

from andon_client._gen.andon.v1 import decision_pb2
from andon_client._json import JsonObject, NotJson, copy_json, to_struct
from andon_client.model import Model


class ProposalFields(TypedDict, total=False):
    """The fields of a Proposal as keyword arguments."""

    action: str
    confidence: float
    input: JsonObject
    prediction: JsonObject
    reasoning: str
    model: Model | tuple[str, str] | str
    amount: float | None
    currency: str
    irreversible: bool
    anomalous: bool
    regulated: bool
    high_value: bool
    subject: str
    extra: JsonObject
    on_behalf_of: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What an AI proposes to do, and the facts that policies read.

    `confidence` (0 to 1) must be stated. `model` is a name, or a name and a version. `on_behalf_of` is whom the caller
    acts for, by that person's name in the token file: they can't judge the decision either. `request_id` makes the
    submission safe to repeat by another process: the same id and proposal are the same decision. The client makes one
    where it is empty. Objects are copied, so changing them later changes nothing that was submitted.
    """

    confidence: float
    action: str = ""
    input: JsonObject = field(default_factory=dict)
    prediction: JsonObject = field(default_factory=dict)
    reasoning: str = ""
    model: Model | tuple[str, str] | str = ""
    amount: float | None = None
    currency: str = ""
    irreversible: bool = False
    anomalous: bool = False
    regulated: bool = False
    high_value: bool = False
    subject: str = ""
    extra: JsonObject = field(default_factory=dict)
    on_behalf_of: str = ""
    request_id: str = ""

    def __post_init__(self) -> None:
        for name in ("input", "prediction", "extra"):
            object.__setattr__(self, name, copy_json(getattr(self, name)))
        _require_number("confidence", self.confidence)
        if self.amount is not None:
            _require_number("amount", self.amount)

    def to_message(self) -> decision_pb2.Decision:
        """The proposal as the contract's message. Raises NotJson for what JSON can't hold."""
        model = as_model(self.model)
        return decision_pb2.Decision(
            action=self.action,
            input=to_struct(self.input, "input"),
            prediction=to_struct(self.prediction, "prediction"),
            confidence=self.confidence,
            reasoning=self.reasoning,
            model=decision_pb2.Model(name=model.name, version=model.version),
            attributes=self._attributes(),
            on_behalf_of=self.on_behalf_of,
        )

    def _attributes(self) -> decision_pb2.Attributes:
        attributes = decision_pb2.Attributes(
            currency=self.currency,
            irreversible=self.irreversible,
            anomalous=self.anomalous,
            regulated=self.regulated,
            high_value=self.high_value,
            subject=self.subject,
        )
        if self.amount is not None:
            attributes.amount.value = self.amount
        if self.extra:
            attributes.extra.CopyFrom(to_struct(self.extra, "extra"))
        return attributes


def as_proposal(proposal: Proposal | None, fields: ProposalFields) -> Proposal:
    """A proposal from keyword arguments, or one with some of its fields replaced."""
    if proposal is not None:
        return replace(proposal, **fields)
    if "confidence" not in fields:
        raise TypeError("confidence must be stated: how sure the AI is, from 0 to 1")
    return Proposal(**fields)


def as_model(model: Model | tuple[str, str] | str) -> Model:
    """A model from its name, or its name and version."""
    if isinstance(model, Model):
        return model
    return Model(model) if isinstance(model, str) else Model(*model)


def _require_number(name: str, value: Any) -> None:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    if not isfinite(value):
        raise NotJson(name, f"must be a number, not {value}")
