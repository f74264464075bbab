"""What concerns no decision: entries of the server itself, its secrets, and proof that it can commit."""

from __future__ import annotations

from dataclasses import dataclass

from andon.store.ledger import Draft
from andon.store.sqlite.writer import Link, Writer
from andon.store.values import Known


@dataclass(frozen=True, slots=True)
class Record:
    """Appends an entry to the ledger."""

    draft: Draft
    rows: int = 1

    def apply(self, writer: Writer) -> Link:
        return writer.append(self.draft)


@dataclass(frozen=True, slots=True)
class Witness:
    """Appends entries to the ledger, in their order."""

    drafts: tuple[Draft, ...]

    @property
    def rows(self) -> int:
        return len(self.drafts)

    def apply(self, writer: Writer) -> None:
        for draft in self.drafts:
            writer.append(draft)


@dataclass(frozen=True, slots=True)
class RecordIfSame:
    """Puts another secret in the place of one, and appends an entry."""

    known: Known
    draft: Draft
    rows: int = 2

    def apply(self, writer: Writer) -> bool:
        known = self.known
        values = {"name": known.name, "before": known.before, "after": known.after}
        if writer.change("swap_secret_if_same", values) == 0:
            return False
        writer.append(self.draft)
        return True


@dataclass(frozen=True, slots=True)
class KeepSecret:
    """Gives the secret of that name, and makes `fresh` it where there is none."""

    name: str
    fresh: bytes
    rows: int = 1

    def apply(self, writer: Writer) -> bytes:
        secret: bytes = writer.rows("keep_secret", {"name": self.name, "fresh": self.fresh})[0][0]
        return secret


@dataclass(frozen=True, slots=True)
class Probe:
    """Commits a row that says nothing. Only a real commit proves that one is possible."""

    rows: int = 1

    def apply(self, writer: Writer) -> None:
        writer.change("probe", {})
