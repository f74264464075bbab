"""Takes a changed token file into force without a restart, for what is under way as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from andon.domain.principal import Principal
from andon.telemetry.logs import get_logger
from andon.usecases.context import Context

_log = get_logger("andon.auth")


class Tokens(Protocol):
    """Tokens on disk."""

    @property
    def fault(self) -> str:
        """Why what is on disk is not in force; empty where it is."""
        ...

    @property
    def warnings(self) -> Sequence[str]:
        """What else to mend."""
        ...

    def step(self) -> bool:
        """Reads them again where they have changed; True where they had, for better or worse."""
        ...


class RereadTokens:
    """Looks whether the tokens have changed, and then at everybody who waits or has a stream open."""

    name: Final = "tokens"

    def __init__(self, tokens: Tokens, current: Callable[[Principal], Principal | None], context: Context) -> None:
        self._tokens = tokens
        self._current = current
        self._context = context

    async def step(self) -> bool:
        """Looks once."""
        if not self._tokens.step():
            return False
        if self._tokens.fault:
            _log.error("token file not taken; the last good one stays in force", fault=self._tokens.fault)
        else:
            self._context.recheck(self._current)
            _log.info("token file taken")
        log_warnings(self._tokens)
        return False


def log_warnings(tokens: Tokens) -> None:
    """Logs what to mend in the token file."""
    for warning in tokens.warnings:
        _log.warning("token file", mend=warning)
