"""Retention, month by month: count, export, read back, cut. It may be ended at any moment and begun again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from andon.domain.canonical import JsonObject
from andon.domain.months import Month
from andon.retention import files
from andon.retention.files import Manifest
from andon.retention.keep import Keep
from andon.store.archive import Archive, Census, Cut

_TRIES: Final = 3


class Result(StrEnum):
    """What became of a month."""

    RETIRED = "retired"
    WOULD_RETIRE = "would retire"
    KEPT = "kept"
    CHANGING = "changing"


@dataclass(frozen=True, slots=True)
class Report:
    """A month, what became of it, and where what was removed is now. `kept` are actions that stay by rule."""

    month: Month
    result: Result
    census: Census
    kept: tuple[str, ...]
    manifest: Manifest | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What to do: months that ended `older_than` µs ago, into `folder`; with `dry_run` nothing but counting."""

    older_than: int
    folder: Path
    keep: Keep
    dry_run: bool = False


async def retire(archive: Archive, order: Order) -> AsyncIterator[Report]:
    """Reports on each month as it is done, oldest first. ExportDamaged; what the archive raises."""
    now = await archive.time()
    for month in await archive.months(now - order.older_than):
        kept = tuple(order.keep.among(await archive.actions(month), month, now))
        census = await archive.census(month, kept)
        yield await _Task(archive, order, month, kept, census, now).run()


@dataclass(frozen=True, slots=True)
class _Task:
    """One month's."""

    archive: Archive
    order: Order
    month: Month
    kept: tuple[str, ...]
    census: Census
    now: int

    async def run(self) -> Report:
        """Does what is to be done. Nothing is removed that a file on disk, read back, does not hold."""
        if not self.census.retirable:
            return self._report(Result.KEPT)
        if self.order.dry_run:
            return self._report(Result.WOULD_RETIRE)
        manifest = await self._exported()
        for _ in range(_TRIES):
            if manifest is not None and await self._cut(manifest):
                return self._report(Result.RETIRED, manifest)
            manifest = await self._export()
        return self._report(Result.CHANGING)

    async def _exported(self) -> Manifest | None:
        """What an earlier run has exported and could not cut, if it is still that."""
        found = files.manifests(self.order.folder, self.month)
        if not found or (found[-1].decisions, found[-1].kept) != (self.census.retirable, self.kept):
            return None
        await asyncio.to_thread(files.check, self.order.folder, found[-1])
        return found[-1]

    async def _export(self) -> Manifest:
        async with self.archive.read(self.month, self.kept) as reading:
            written = await files.write(self.order.folder, self.month, reading.records)
        position, anchor = reading.position, reading.anchor
        seen = (position, anchor, reading.encrypted)
        return await asyncio.to_thread(files.vouch, written, self.month, self.kept, *seen)

    async def _cut(self, manifest: Manifest) -> bool:
        position, anchor = manifest.ledger_sequence, manifest.ledger_hash
        body = _told(manifest)
        cut = Cut(self.month, self.kept, manifest.decisions, position, anchor, self.now, body)
        return await self.archive.cut_if_unchanged(cut)

    def _report(self, result: Result, manifest: Manifest | None = None) -> Report:
        return Report(self.month, result, self.census, self.kept, manifest)


def _told(manifest: Manifest) -> JsonObject:
    """What the ledger says of a cut: enough to find the file again, and to prove that it is the one."""
    return {
        "decisions": manifest.decisions,
        "file": manifest.file,
        "month": manifest.month,
        "reviews": manifest.reviews,
        "sha256": manifest.sha256,
        "tasks": manifest.tasks,
    }
