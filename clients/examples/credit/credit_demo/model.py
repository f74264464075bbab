"""The AI: a logistic regression that grants or declines, says how sure it is, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from credit_demo.applications import Application
from credit_demo.proposal import Proposal

_STRENGTH: Final = 0.1
_SHOWN: Final = 4
_RARE: Final = 0.99
_WORDS: Final = ("checking_account", "savings", "purpose", "housing", "job")
_NUMBERS: Final = ("duration_months", "amount_dm")


class CreditModel:
    """Trained on construction; the same applications give the same model. Its strength of regularisation was chosen
    by ten-fold cross-validation within the training half (log loss), once, and nothing by the other half."""

    def __init__(self, training: Sequence[Application]) -> None:
        self._encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        self._scaler = StandardScaler()
        words, numbers = _words(training), _numbers(training)
        features = np.hstack([self._encoder.fit_transform(words), self._scaler.fit_transform(numbers)])
        self._rare = np.quantile(numbers, _RARE, axis=0)
        self._regression = LogisticRegression(C=_STRENGTH, max_iter=1000)
        self._regression.fit(features, [application.repaid for application in training])
        self._mean = features.mean(axis=0)
        self._owners = _owners(self._encoder)
        self.version: str = _version(self._regression)

    def propose(self, applications: Sequence[Application]) -> tuple[Proposal, ...]:
        """One proposal for each application, in order."""
        words, numbers = _words(applications), _numbers(applications)
        features = np.hstack([self._encoder.transform(words), self._scaler.transform(numbers)])
        chances = self._regression.predict_proba(features)[:, 1]
        parts = (features - self._mean) * self._regression.coef_[0]
        return tuple(map(self._proposal, applications, chances, parts))

    def _proposal(self, application: Application, chance: float, parts: Any) -> Proposal:
        grant = bool(chance > 0.5)
        shares = {
            name: sum(float(part) for part, owner in zip(parts, self._owners, strict=True) if owner == name)
            for name in (*_WORDS, *_NUMBERS)
        }
        return Proposal(
            application=application,
            grant=grant,
            confidence=round(float(max(chance, 1 - chance)), 4),
            reasoning=_reasoning(application, grant, float(chance), shares),
            anomalous=bool((_numbers([application])[0] > self._rare).any()),
        )


def _reasoning(application: Application, grant: bool, chance: float, shares: dict[str, float]) -> str:
    """What an approval will do, then the largest contributions to the log odds against the average applicant."""
    verb, amount = "Grant" if grant else "Decline", f"{application.amount_dm:,} DM"
    strongest = sorted(shares, key=lambda name: -abs(shares[name]))[:_SHOWN]
    because = "; ".join(
        f"{_in_words(application, name)} speaks {'for' if shares[name] > 0 else 'against'} ({_signed(shares[name])})"
        for name in strongest
    )
    sentence = f"{verb} {amount} over {application.duration_months} months: repaid with probability {chance:.2f}."
    return f"{sentence} {because[0].upper()}{because[1:]}."


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _in_words(application: Application, name: str) -> str:
    return {
        "checking_account": f"checking account {application.checking_account}".replace(
            "checking account none", "no checking account"
        ),
        "savings": f"savings {application.savings}",
        "duration_months": f"a term of {application.duration_months} months",
        "amount_dm": f"an amount of {application.amount_dm:,} DM",
        "purpose": f"purpose {application.purpose}",
        "housing": f"housing {application.housing}",
        "job": f"job {application.job}",
    }[name]


def _words(applications: Sequence[Application]) -> list[list[str]]:
    return [[getattr(application, name) for name in _WORDS] for application in applications]


def _numbers(applications: Sequence[Application]) -> Any:
    return np.array([[float(getattr(application, name)) for name in _NUMBERS] for application in applications])


def _owners(encoder: Any) -> tuple[str, ...]:
    """For each column of the features, the attribute it comes from."""
    return tuple(name for name, kinds in zip(_WORDS, encoder.categories_, strict=True) for _ in kinds) + _NUMBERS


def _version(regression: Any) -> str:
    """Names the trained coefficients, to six digits: another training is another version."""
    numbers = ",".join(f"{value:.6f}" for value in (*regression.coef_[0], *regression.intercept_))
    return hashlib.sha256(numbers.encode()).hexdigest()[:12]
