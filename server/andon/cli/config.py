"""`andon config`: the effective settings and where each came from."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from andon.cli.serve import add_settings, given_flags
from andon.config import KEYS, PACKAGED_POLICIES, ConfigError, Key, Resolved, resolve


def add_parser(commands: Any) -> None:
    """Adds `config`, which takes the same flags as `serve`."""
    parser = commands.add_parser(
        "config",
        help="print the effective settings",
        description="Prints the settings `andon serve` would run with, and where each came from. "
        "The output is a configuration file itself.",
    )
    add_settings(parser)
    parser.add_argument("--markdown", action="store_true", help="print the table of all settings for the documentation")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints; 1 with every fault on stderr where the settings can't be used."""
    if options.markdown:
        print(markdown(), end="")
        return 0
    try:
        resolved = resolve(given_flags(options), os.environ, options.config)
    except ConfigError as error:
        print(*(f"andon: {fault}" for fault in error.faults), sep="\n", file=sys.stderr)
        return 1
    print(effective(resolved), end="")
    return 0


def effective(resolved: Resolved) -> str:
    """The settings as a TOML file, each with its source as a comment. Passwords are hidden."""
    return "".join(f"{_setting(key, resolved)}  # {_one_line(resolved.sources[name])}\n" for name, key in KEYS.items())


def markdown() -> str:
    """The table of docs/configuration.md."""
    head = "| Key in the file | Flag | Environment | Default | Value | Meaning |\n|---|---|---|---|---|---|\n"
    return head + "".join(map(_row, KEYS.values()))


def _row(key: Key) -> str:
    default = {"": "none", str(PACKAGED_POLICIES): "the packaged examples"}.get(key.default, f"`{key.default}`")
    unit = key.kind.unit.replace("|", "\\|")
    flag = "none" if key.kind.secret else f"`{key.flag}`"
    return f"| `{key.name}` | {flag} | `{key.variable}` | {default} | {unit} | {key.doc} |\n"


def _setting(key: Key, resolved: Resolved) -> str:
    """A secret is no part of the file that this prints: it is said that it is set, and nothing of it."""
    if key.kind.secret and getattr(resolved.settings, key.name):
        return f"# {key.name} is set and not shown"
    return f"{key.name} = {_literal(key, resolved)}"


def _literal(key: Key, resolved: Resolved) -> str:
    text = key.shown(getattr(resolved.settings, key.name))
    return text if key.kind.literal else json.dumps(text)


def _one_line(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
