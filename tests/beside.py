"""How tests are shared out among workers: one by one, the browser's a module at a time to two of them."""

from __future__ import annotations

from typing import Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

_BROWSER: Final = "tests/browser/"
_BROWSERS: Final = 2


class OneByOne(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Gives each worker the next test when it is free.

    A browser for every worker would be more than there are processors for, so the browser's tests are two lots.
    """

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        self._modules: dict[str, int] = {}

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        if not module.startswith(_BROWSER):
            return nodeid
        place = self._modules.setdefault(module, len(self._modules))
        return f"{_BROWSER}{place % _BROWSERS}"
