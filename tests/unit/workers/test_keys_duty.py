"""Changed signing keys are taken, and recorded even where that fails at first."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from andon.domain.errors import StoreUnavailable
from andon.keys.file import KeyFile, change, create
from andon.workers.reread import Reread
from tests.clock import START


class Record:
    """Keeps how many keys there were whenever it was told of a change; fails as long as it is broken."""

    def __init__(self, keys: KeyFile) -> None:
        self.keys = keys
        self.told: list[int] = []
        self.broken = False

    async def __call__(self) -> None:
        if self.broken:
            raise StoreUnavailable
        self.told.append(len(self.keys.current.keys))


async def test_a_change_is_recorded_once_and_again_where_that_failed(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create(path, START)
    keys = KeyFile(path)
    record = Record(keys)
    duty = Reread("keys", keys, record)
    await duty.step()
    assert record.told == []
    change(path, lambda ring: ring.rotated(START))
    record.broken = True
    with pytest.raises(StoreUnavailable):
        await duty.step()
    record.broken = False
    await duty.step()
    await duty.step()
    assert record.told == [2]


async def test_what_can_not_be_taken_is_logged_without_a_key(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create(path, START)
    keys = KeyFile(path)
    record = Record(keys)
    duty = Reread("keys", keys, record)
    text = path.read_text()
    path.write_text(text.replace('"state":"active"', '"state":"asleep"'))
    with capture_logs() as logs:
        await duty.step()
    assert [line["log_level"] for line in logs] == ["error"]
    assert "`state` must be one of" in logs[0]["fault"]
    assert text.partition('"d":"')[2][:43] not in str(logs)
    assert record.told == []
