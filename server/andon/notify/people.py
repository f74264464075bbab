"""Tells people, wherever they are: through Apprise, which is an optional extra."""

from __future__ import annotations

import importlib.util
import logging
from typing import Any, Final

from andon.notify.sending import Sent
from andon.notify.subscriptions import People

TIMEOUT: Final = 20.0
_LOGGER: Final = "apprise"


def installed() -> bool:
    """Whether Apprise is there."""
    return importlib.util.find_spec("apprise") is not None


def understood(url: str) -> bool:
    """Whether Apprise knows how to reach somebody there. Nothing is sent."""
    return bool(_apprise().add(url))


class PeopleSender:
    """Sends messages to people. What Apprise itself would log is not written: it may hold addresses and secrets."""

    async def send(self, people: People, title: str, text: str) -> Sent:
        """One message to all the addresses of a subscription. It has arrived where one of them took it."""
        apprise = _apprise()
        for url in people.urls:
            apprise.add(url)
        result = await apprise.async_notify(body=text, title=title, body_format="text")
        return Sent() if result.success_count else Sent(f"none of {len(people.urls)} addresses took it")


def _apprise() -> Any:
    """A fresh one. No redirects, nothing kept on disk, and no longer than TIMEOUT for each address."""
    import apprise  # noqa: PLC0415 -- an optional extra

    silent = logging.getLogger(_LOGGER)
    silent.propagate = False
    silent.setLevel(logging.CRITICAL + 1)
    asset = apprise.AppriseAsset(
        app_id="Andon",
        app_desc="Andon",
        storage_mode="memory",
        service_timeout=TIMEOUT,
        secure_logging=True,
        http_redirects=False,
    )
    return apprise.Apprise(asset=asset)
