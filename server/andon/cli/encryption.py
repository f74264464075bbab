"""`andon encryption`: how much of a store is encrypted, and a change of the key that encrypts the store's own."""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from andon.config import KEYS, ConfigError, Settings, resolve

if TYPE_CHECKING:
    from andon.store.keyring import Keyring
    from andon.store.rewriting import PlainCount, Rewriting
    from andon.store.sealing import Sealer, Vault
    from andon.vault.service import KeyService

_DONE: Final = 0
_FAILED: Final = 1
_TOLD_EACH: Final = 100
NEW_KEY: Final = "ANDON_ENCRYPTION_KEY_NEW"
SETTINGS: Final = ("store", "encryption_key_file", "encryption_key_command")
_OF_OUR_OWN: Final = 40  # bytes: a key of 32 as RFC 3394 wraps it
_HELP: Final = {
    "status": "say how much of a store is encrypted, and whether the key that is set opens it",
    "rotate": "have another key, or key service, encrypt the store's own key from now on",
    "rewrite": "encrypt what the store held before it was encrypted, and believe no plain text from then on",
}
_MORE: Final = {
    "status": "Shows no key. Decisions that are plain are from before the encryption.",
    "rotate": "The key that is set opens the store's own, and the new one encrypts it; contents stay as they are. "
    f"The new key is given by {NEW_KEY}, --new-key-file or --new-key-command. Servers may work on meanwhile: they need "
    "the new key at their next start.",
    "rewrite": "Servers may work on meanwhile. It may be ended at any time and run again. Those that run refuse "
    "plain text soon after.",
}


def add_parser(commands: Any) -> None:
    """Adds `encryption` and what it can do."""
    parser = commands.add_parser("encryption", help="say how a store is encrypted, and change its key")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, words in _HELP.items():
        action = actions.add_parser(name, help=words, description=f"{words[:1].upper()}{words[1:]}. {_MORE[name]}")
        add_settings(action)
        if name == "rotate":
            new = action.add_mutually_exclusive_group()
            new.add_argument("--new-key-file", type=Path, metavar="FILE", help="A file that holds the new key.")
            new.add_argument("--new-key-command", metavar="COMMAND", help="A command that asks the new key service.")
        action.set_defaults(run=run)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of the settings that tell where a store is, and what opens it."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file of settings (or ANDON_CONFIG)")
    for key in map(KEYS.__getitem__, SETTINGS):
        parser.add_argument(key.flag, dest=f"set_{key.name}", metavar="VALUE", help=f"{key.doc} As the servers' own.")


def settings_of(options: argparse.Namespace, environ: Mapping[str, str]) -> Settings:
    """The settings by the flags of `add_settings`. ConfigError."""
    given = {name: value for name in SETTINGS if (value := getattr(options, f"set_{name}")) is not None}
    return resolve(given, environ, options.config).settings


def run(options: argparse.Namespace) -> int:
    """Does one thing; 1 with a clear word on stderr where it can't be done."""
    from andon.store.errors import StoreUnusable
    from andon.store.sealing import SealBroken, VaultClosed

    environ = dict(os.environ)
    new_key = environ.pop(NEW_KEY, "")  # no setting
    try:
        settings = settings_of(options, environ)
        return asyncio.run(_done(settings, options, new_key))
    except ConfigError as error:
        return _refuse(*error.faults)
    except (StoreUnusable, VaultClosed, SealBroken) as error:
        return _refuse(str(error))


async def _done(settings: Settings, options: argparse.Namespace, new_key: str) -> int:
    if options.action == "rotate":
        return await _rotate(settings, options, new_key)
    return await (_status(settings) if options.action == "status" else _rewrite(settings))


async def _status(settings: Settings) -> int:
    from andon.derived import vault
    from andon.engines import open_keyring

    keyring = await open_keyring(settings.store)
    try:
        kept, count = await keyring.kept(), await keyring.count()
        if kept is None:
            print(f"not encrypted; decisions: {count.decisions:,}")
            return _DONE
        own = "a key of your own" if len(kept) == _OF_OUR_OWN else "a key service"
        print(f"encrypted; the store's key is wrapped in {len(kept)} bytes, as by {own}")
        print(f"keys of subjects: {count.keys:,}")
        print(f"decisions: {count.decisions:,}, {count.plain:,} of them plain, from before the encryption")
        if (at_hand := vault(settings)) is None:
            print("whether it can be opened is not known: no key is set")
            return _DONE
        sealer = await _unlocked(keyring, at_hand, kept)
        print("the key that is set opens it")
        left = "" if sealer.whole else f"; in plain text are {_said(await keyring.rewriting(sealer).count())}"
        print("plain text is refused" if sealer.whole else f"plain text is believed{left}")
        return _DONE
    finally:
        await keyring.close()


async def _unlocked(keyring: Keyring, at_hand: Vault, kept: bytes) -> Sealer:
    """What opens the store, once it has proved to. VaultClosed, SealBroken, StoreUnusable."""
    sealer, _ = await at_hand.unlock(kept)
    sealer.learn(await keyring.of_nobody())
    sealer.follow(await keyring.state())
    return sealer


def _said(left: PlainCount) -> str:
    return f"decisions: {left.decisions:,}; words beside the ledger: {left.words:,}; legal holds: {left.holds:,}"


async def _rewrite(settings: Settings) -> int:
    from andon.derived import vault
    from andon.engines import open_keyring
    from andon.store.rewriting import AT_ONCE, rewrite

    keyring = await open_keyring(settings.store)
    try:
        kept, at_hand = await keyring.kept(), vault(settings)
        if kept is None or at_hand is None:
            return _closed(settings, kept)
        sealer = await _unlocked(keyring, at_hand, kept)
        rewriting = keyring.rewriting(sealer)
        if sealer.whole:
            print("all of it is encrypted already")
            return await _scrubbed(rewriting)

        def tell(done: int) -> None:
            if done % _TOLD_EACH == 0:
                print(f"{done * AT_ONCE:,} done", flush=True)

        if left := await rewrite(rewriting, tell):
            return _refuse(f"somebody goes on writing plain text: {_said(left)}; stop servers without the key")
        print("all of it is encrypted; servers refuse plain text from now on, those that run within ten minutes")
        return await _scrubbed(rewriting)
    finally:
        await keyring.close()


async def _scrubbed(rewriting: Rewriting) -> int:
    if await rewriting.scrub():
        return _DONE
    return _refuse("somebody reads the file, so its write-ahead log still holds what was plain: run this again")


def _closed(settings: Settings, kept: bytes | None) -> int:
    if kept is None:
        return _refuse(f"{_told(settings)} is not encrypted: start a server with the key")
    return _refuse("encryption_key is not set: it takes the key that opens the store now")


async def _rotate(settings: Settings, options: argparse.Namespace, new_key: str) -> int:
    from andon.engines import open_keyring

    service = _new_service(options, new_key)
    if service is None:
        return _refuse(f"give the new key: one of {NEW_KEY}, --new-key-file and --new-key-command")
    keyring = await open_keyring(settings.store)
    try:
        return await _rewrap(keyring, settings, service)
    finally:
        await keyring.close()


async def _rewrap(keyring: Keyring, settings: Settings, service: KeyService) -> int:
    from andon.derived import vault

    kept, at_hand = await keyring.kept(), vault(settings)
    if kept is None or at_hand is None:
        return _closed(settings, kept)
    wrapped = await at_hand.rewrapped(kept, await keyring.of_nobody(), service)
    if not await keyring.swap_if_same(kept, wrapped):
        return _refuse("somebody else has changed the key meanwhile; nothing is changed")
    print("the new key opens the store from now on, and the old one does not")
    print("servers that run go on; give them the new key for their next start, and keep the old one with old backups")
    return _DONE


def _new_service(options: argparse.Namespace, new_key: str) -> KeyService | None:
    """The key service to come; None where none is named, or more than one. VaultClosed where it can't be used."""
    from andon.store.sealing import VaultClosed
    from andon.vault.unlocking import key_service

    file, command = options.new_key_file, options.new_key_command
    if bool(new_key) + (file is not None) + bool(command) != 1:
        return None
    try:
        return key_service(new_key, file, tuple(shlex.split(command or "")))
    except (VaultClosed, ValueError) as error:
        raise VaultClosed(f"the new key: {error}") from None


def _told(settings: Settings) -> str:
    return KEYS["store"].shown(settings.store)


def _refuse(*faults: str) -> int:
    for fault in faults:
        print(f"andon: {fault}", file=sys.stderr)
    return _FAILED
