"""`andon keys`: the keys that receipts and checkpoints are signed with."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from andon.config import ConfigError, Settings, resolve
from andon.domain.clock import SystemClock
from andon.domain.notes import verifier_key

if TYPE_CHECKING:
    from andon.keys.file import KeyFile
    from andon.keys.ring import KeyRing, SigningKey

_DONE: Final = 0
_FAILED: Final = 1
_SHORTEST: Final = 8
_HELP: Final = {
    "list": "list the keys and what has become of each",
    "rotate": "make a new key that signs from now on; makes the file where there is none",
    "retire": "let a key sign no more; what it has signed stays good",
    "revoke": "trust a key no more: what it has signed counts no more",
    "public": "print the public keys as a JSON Web Key Set, or for checkpoints with --origin",
}


def signing_keys(settings: Settings) -> KeyFile:
    """The server's signing keys; the first start on loopback makes the file. Raises KeyFileError."""
    from andon.keys.file import KeyFile, create

    path = settings.signing_keys
    if not path.exists() and settings.listen.loopback and settings.http_listen.loopback:
        create(path, SystemClock().now())
    return KeyFile(path)


def add_parser(commands: Any) -> None:
    """Adds `keys` and what it can do."""
    parser = commands.add_parser(
        "keys",
        help="list, rotate, retire and revoke the signing keys",
        description="Works on the file of signing keys; servers take a change within a moment. Private keys are never "
        "shown. Where a change leaves no active key, a new one is made.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, words in _HELP.items():
        action = actions.add_parser(name, help=words, description=f"{words[:1].upper()}{words[1:]}.")
        action.add_argument("--config", type=Path, metavar="FILE", help="TOML file of settings (or ANDON_CONFIG)")
        action.add_argument(
            "--signing-keys", type=Path, metavar="FILE", help="the file of keys; by default the setting signing_keys"
        )
        if name in ("retire", "revoke"):
            action.add_argument("kid", help=f"which key, by its id or the first {_SHORTEST} characters of it or more")
        if name == "public":
            action.add_argument("--origin", help="the ledger's origin: prints verifier keys for `andon ledger verify`")
        action.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Does one thing; 1 with a clear word on stderr where it can't be done."""
    from andon.keys.file import KeyFileError

    try:
        path = options.signing_keys or resolve({}, os.environ, options.config).settings.signing_keys
        _ACTIONS[options.action](path, options)
    except ConfigError as error:
        return _refuse(*error.faults)
    except KeyFileError as error:
        return _refuse(*str(error).splitlines())
    except LookupError as error:
        return _refuse(str(error.args[0]))
    return _DONE


def _list(path: Path, options: argparse.Namespace) -> None:
    from andon.keys.file import load

    ring = load(path)
    print(f"{'KEY':<43}  {'STATE':<7}  SINCE")
    for key in ring.keys:
        print(f"{key.kid}  {key.state.value:<7}  {_since(key)}")


def _rotate(path: Path, options: argparse.Namespace) -> None:
    from andon.keys.file import change, create

    now = SystemClock().now()
    ring = change(path, lambda ring: ring.rotated(now)) if path.exists() else create(path, now)
    print(f"{_signing(ring)} signs from now on ({path}).")


def _retire(path: Path, options: argparse.Namespace) -> None:
    _changed(path, options.kid, lambda ring, kid: ring.retired(kid, SystemClock().now()), "retired")


def _revoke(path: Path, options: argparse.Namespace) -> None:
    _changed(path, options.kid, lambda ring, kid: ring.revoked(kid, SystemClock().now()), "revoked")


def _public(path: Path, options: argparse.Namespace) -> None:
    from andon.keys.file import load
    from andon.keys.ring import KeyState

    ring = load(path)
    if options.origin is None:
        print(json.dumps(ring.jwks(), indent=2))
        return
    for key in reversed(ring.keys):
        if key.state is not KeyState.REVOKED:
            print(verifier_key(options.origin, key.public))


_ACTIONS: Final[dict[str, Callable[[Path, argparse.Namespace], None]]] = {
    "list": _list,
    "rotate": _rotate,
    "retire": _retire,
    "revoke": _revoke,
    "public": _public,
}


def _changed(path: Path, prefix: str, change_of: Callable[[KeyRing, str], KeyRing], state: str) -> None:
    from andon.keys.file import change

    ring = change(path, lambda ring: change_of(ring, _kid(ring, prefix, state)))
    print(f"{next(key.kid for key in ring.keys if key.kid.startswith(prefix))} is {state}.")
    print(f"{_signing(ring)} signs.")


def _kid(ring: KeyRing, prefix: str, state: str) -> str:
    """The key that is meant. LookupError in words where it is none, or may not become that."""
    found = [key for key in ring.keys if len(prefix) >= _SHORTEST and key.kid.startswith(prefix)]
    if len(found) != 1:
        raise LookupError(f"no key {prefix!r}; `andon keys list` shows them")
    if found[0].state.value == state or found[0].state.value == "revoked":
        raise LookupError(f"{found[0].kid} is {found[0].state.value} already")
    return found[0].kid


def _since(key: SigningKey) -> str:
    from andon.keys.ring import stamp

    return stamp(key.revoke_time or key.retire_time or key.create_time)


def _signing(ring: KeyRing) -> str:
    return next(key.kid for key in reversed(ring.keys) if key.private is not None)


def _refuse(*faults: str) -> int:
    for fault in faults:
        print(f"andon: {fault}", file=sys.stderr)
    return _FAILED
