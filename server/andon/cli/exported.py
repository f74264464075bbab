"""`andon retention show`: the records of a file that retention wrote, opened where they are encrypted."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from andon.cli.encryption import add_settings, settings_of
from andon.config import ConfigError, Settings

if TYPE_CHECKING:
    from andon.domain.canonical import JsonObject
    from andon.store.keyring import Keyring
    from andon.store.sealing import Sealer

_DONE: Final = 0
_FAILED: Final = 1


def add_parser(commands: Any) -> None:
    """Adds `show`."""
    parser = commands.add_parser(
        "show",
        help="print the decisions of an exported file",
        description="Prints the records of a file that retention wrote, one JSON object a line. Where its manifest "
        "lies beside it the file is checked first. What is encrypted is opened with the keys of the store that it came "
        "from, beside its servers; what was erased there since is empty. A file that is not encrypted needs no store.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="Such as decisions-2025-03.jsonl.gz.")
    add_settings(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints; 1 with a clear word on stderr where the file or its keys can't be read."""
    from andon.retention.files import ExportDamaged
    from andon.store.errors import StoreUnusable
    from andon.store.sealing import SealBroken, VaultClosed

    try:
        asyncio.run(_show(settings_of(options, os.environ), options.file))
        sys.stdout.flush()
    except ConfigError as error:
        return _refuse(*error.faults)
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except SealBroken as error:
        return _refuse(f"{options.file} can't be opened: {error}")
    except (ExportDamaged, StoreUnusable, VaultClosed, OSError) as error:
        return _refuse(str(error))
    return _DONE


async def _show(settings: Settings, path: Path) -> None:
    from andon.retention import files
    from andon.store.records import is_sealed
    from andon.store.sealing import VaultClosed
    from andon_client.cli.text import json_text

    manifest = files.manifest_of(path)
    if manifest is not None:
        files.check(path.parent, manifest)
    plain = manifest is not None and not manifest.encrypted
    async with nullcontext() if plain else _opener(settings) as opener:
        for record in files.read(path):
            if opener is None and not plain and (manifest is not None or is_sealed(record)):
                raise VaultClosed(f"{path} is encrypted: give its store, and the key that opens it")
            print(json_text(record if opener is None else await opener.opened(record)))


@asynccontextmanager
async def _opener(settings: Settings) -> AsyncIterator[_Opener | None]:
    """What opens records by the store's keys; None where no key is set, or where the store is not encrypted."""
    from andon.derived import vault
    from andon.engines import open_keyring

    at_hand = vault(settings)
    if at_hand is None:
        yield None
        return
    keyring = await open_keyring(settings.store)
    try:
        kept = await keyring.kept()
        yield None if kept is None else _Opener(keyring, (await at_hand.unlock(kept))[0])
    finally:
        await keyring.close()


class _Opener:
    """Opens records, and looks up the keys it takes."""

    def __init__(self, keyring: Keyring, sealer: Sealer) -> None:
        self._keyring: Final = keyring
        self._sealer: Final = sealer

    async def opened(self, record: JsonObject) -> JsonObject:
        """See `andon.store.records.opened`."""
        from andon.store import records

        ids = records.keys_to(self._sealer, record)
        held = self._sealer.known(ids)
        if unknown := ids - held.keys():
            for row in await self._keyring.keys(unknown):
                held[row.id] = self._sealer.learn(row)
        return records.opened(self._sealer, held, record)


def _refuse(*faults: str) -> int:
    for fault in faults:
        print(f"andon: {fault}", file=sys.stderr)
    return _FAILED
