"""`andon serve`: runs the server until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from andon.auth.authenticator import BearerAuthenticator
from andon.auth.rights import AccessFileError
from andon.auth.tokens import TokenFile, create_default
from andon.cli.keys import signing_keys
from andon.cli.preflight import in_words, obstacles
from andon.config import KEYS, ConfigError, Settings, load, redact
from andon.keys.file import KeyFileError
from andon.tls.suites import only_tls13
from andon.units import Address

_FAILED: Final = 1


def add_parser(commands: Any) -> None:
    """Adds `serve` with a flag for every setting."""
    parser = commands.add_parser(
        "serve", help="run the server", description="Runs the server. Every setting has a default; see `andon config`."
    )
    add_settings(parser)
    parser.set_defaults(run=run)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Adds `--config` and a flag for every setting."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file of settings (or ANDON_CONFIG)")
    for key in (each for each in KEYS.values() if not each.kind.secret):  # everybody can read what is run
        parser.add_argument(key.flag, dest=f"set_{key.name}", metavar="VALUE", help=f"{key.doc} Default: {key.default}")


def given_flags(options: argparse.Namespace) -> dict[str, str]:
    """The settings given as flags, by key."""
    values = {name: getattr(options, f"set_{name}", None) for name in KEYS}
    return {name: value for name, value in values.items() if value is not None}


def run(options: argparse.Namespace) -> int:
    """Serves; 0 after an orderly stop, 1 with a clear word on stderr where the server can't start."""
    try:
        settings = load(given_flags(options), os.environ, options.config)
    except ConfigError as error:
        return _refuse(*error.faults)
    if found := obstacles(settings):
        return _refuse(*found)
    only_tls13()
    with asyncio.Runner(loop_factory=_loop_factory(settings.event_loop)) as runner:
        return runner.run(_serve(settings))


async def _serve(settings: Settings) -> int:
    from andon.app import build
    from andon.auth.signed import IdentityFile
    from andon.notify.file import NotificationFaults
    from andon.policy.faults import PolicyFaults
    from andon.store.errors import StoreUnusable
    from andon.store.sealing import VaultClosed
    from andon.store.sqlite import StoreLocked
    from andon.telemetry.logs import configure, get_logger

    configure(settings.log_format, settings.log_level)
    stop = asyncio.Event()
    _on_signals(stop.set, signal.SIGTERM, signal.SIGINT)
    try:
        tokens, made = _tokens(settings)
        vouched = IdentityFile(settings.identity) if settings.identity else None
        keys = signing_keys(settings)
        async with build(
            settings, BearerAuthenticator(tokens, vouched), tokens=tokens, vouched=vouched, keys=keys
        ) as app:
            _on_signals(app.reload, signal.SIGHUP)
            gc.collect()
            gc.freeze()  # what start-up has made stays; the collector need not walk it again
            _announce(settings, app.port, app.http_port, made)
            await stop.wait()
        get_logger("andon.app").info("stopped")
    except OSError as error:
        return _refuse(in_words(error))
    except (StoreLocked, StoreUnusable, VaultClosed) as error:
        return _refuse(str(error))
    except (PolicyFaults, NotificationFaults, AccessFileError, KeyFileError) as error:
        return _refuse(*str(error).splitlines())
    return 0


def _tokens(settings: Settings) -> tuple[TokenFile, dict[str, str]]:
    """The token file; the first start on loopback makes one token for each role and prints them, once.

    Beside it the tokens that were made now, by principal.
    """
    made = {}
    alone = settings.listen.loopback and settings.http_listen.loopback and settings.identity is None
    if alone and not settings.tokens.exists():
        made = {principal.name: token for principal, token in create_default(settings.tokens)}
        print(f"One token for each role, shown this once ({settings.tokens} keeps their hashes):", flush=True)
        for name, token in made.items():
            print(f"  export ANDON_TOKEN_{name.upper()}={token}", flush=True)
    return TokenFile.load(settings.tokens, optional=settings.identity is not None), made


def _announce(settings: Settings, port: int, http_port: int, made: Mapping[str, str]) -> None:
    """Where everything is. A sign-in link holds its token behind `#`, which no browser sends or logs."""
    page = _address(settings, http_port)
    print(f"Andon is ready: gRPC on {Address(settings.listen.host, port)}, the page and HTTP on {page}")
    for name in filter(made.__contains__, ("reviewer", "lead")):
        print(f"Sign in as {name + ':':<10}{page}#token={made[name]}")
    print(f"Decisions are kept in {redact(str(settings.store))}. Stop with Ctrl-C.", flush=True)


def _address(settings: Settings, http_port: int) -> str:
    host = settings.http_listen.host
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # nosec B104  # binds nothing
    return f"{'https' if settings.tls_certificate else 'http'}://{Address(reachable, http_port)}/"


def _on_signals(action: Callable[[], None], *signals: signal.Signals) -> None:
    loop = asyncio.get_running_loop()
    for one in signals:
        loop.add_signal_handler(one, action)


def _loop_factory(kind: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
    if kind == "asyncio":
        return None
    try:
        import uvloop
    except ImportError:
        if kind == "uvloop":
            raise SystemExit(_refuse("event_loop is uvloop, but uvloop is not installed: pip install uvloop")) from None
        return None
    return uvloop.new_event_loop


def _refuse(*faults: str) -> int:
    for fault in faults:
        print(f"andon: {fault}", file=sys.stderr)
    return _FAILED
