"""What the AI says about one application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from credit_demo.applications import Application

MODEL: Final = "german-credit"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the AI proposes for one application.

    `confidence` is the model's probability, 0.5 to 1, that the proposal is right: that a grant is repaid, or that a
    decline would not have been. `anomalous` tells that the term or the amount lies beyond the 99th percentile of
    what the model was trained on.
    """

    application: Application
    grant: bool
    confidence: float
    reasoning: str
    anomalous: bool

    @property
    def prediction(self) -> dict[str, object]:
        """The proposal in the form that a reviewer approves or corrects. The limit is in DM, 0 for a decline."""
        return prediction(self.grant, self.application.amount_dm)


def prediction(grant: bool, amount: int) -> dict[str, object]:
    """A decision with its limit in DM."""
    return {"decision": "grant", "limit": amount} if grant else {"decision": "decline", "limit": 0}
