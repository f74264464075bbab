"""The applications: 1,000 rows of the German credit data."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data" / "german_credit.csv"


@dataclass(frozen=True, slots=True)
class Application:
    """One application for a credit. Amounts are Deutsche Mark; `repaid` is what became of it.

    Age and sex stand in the file, and are left out here: neither the model nor a reviewer is to judge by them.
    """

    number: int
    checking_account: str
    savings: str
    duration_months: int
    amount_dm: int
    purpose: str
    housing: str
    job: str
    repaid: bool

    @property
    def subject(self) -> str:
        """The name by which the decision, the reviewer and the tables refer to it."""
        return f"applications/{self.number}"

    def as_input(self) -> dict[str, object]:
        """What the model sees, and so what is shown to a reviewer; never the outcome."""
        return {
            "application": self.number,
            "checking_account": self.checking_account,
            "savings": self.savings,
            "duration_months": self.duration_months,
            "amount_dm": self.amount_dm,
            "purpose": self.purpose,
            "housing": self.housing,
            "job": self.job,
        }


def load(path: Path = DATA) -> tuple[Application, ...]:
    """All applications in the file's order. Raises OSError, KeyError or ValueError for a file that is not the one."""
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(_application(row) for row in csv.DictReader(lines))


def halves(applications: Sequence[Application]) -> tuple[tuple[Application, ...], tuple[Application, ...]]:
    """The odd rows, to train on, and the even rows, to decide: no seed to choose, nothing shared."""
    odd = tuple(application for application in applications if application.number % 2)
    return odd, tuple(application for application in applications if not application.number % 2)


def _application(row: dict[str, str]) -> Application:
    return Application(
        number=int(row["application"]),
        checking_account=row["checking_account"],
        savings=row["savings"],
        duration_months=int(row["duration_months"]),
        amount_dm=int(row["amount_dm"]),
        purpose=row["purpose"],
        housing=row["housing"],
        job=row["job"],
        repaid={"good": True, "bad": False}[row["outcome"]],
    )
