"""Wrong usage in one line: which flag is unknown, and which one was meant."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence

from andon_client.cli.text import clean

_USAGE = 2


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parses as argparse does. Ends the program with code 2, and one line on stderr, where something is not known."""
    options, others = parser.parse_known_args(arguments)
    if others:
        parser.exit(_USAGE, f"{parser.prog}: {clean(_unknown(_chosen(parser, options), others))}\n")
    return options


def _unknown(parser: argparse.ArgumentParser, others: Sequence[str]) -> str:
    flag = next((word.partition("=")[0] for word in others if word.startswith("-")), "")
    if not flag:
        return f"unexpected argument {others[0]!r}; see {parser.prog} --help"
    known = [name for action in parser._actions for name in action.option_strings]
    close = difflib.get_close_matches(flag, known, n=1, cutoff=0.5)
    return f"unknown flag {flag}; " + (f"did you mean {close[0]}?" if close else f"see {parser.prog} --help")


def _chosen(parser: argparse.ArgumentParser, options: argparse.Namespace) -> argparse.ArgumentParser:
    """The parser of the command that was given, however deep."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            chosen: argparse.ArgumentParser = action.choices[getattr(options, action.dest)]
            return _chosen(chosen, options)
    return parser
