"""Calls services: one signed POST, as Standard Webhooks has it."""

from __future__ import annotations

import asyncio
import email.utils
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final

import pyqwest
from standardwebhooks import Webhook as Signer

from andon.domain.clock import SECOND
from andon.notify.cloudevents import CONTENT_TYPE
from andon.notify.sending import Sent
from andon.notify.subscriptions import Webhook

TIMEOUT: Final = 20.0
"""Seconds that a receiver has from the first packet to the answer's head; the body of an answer is never read."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_GONE: Final = 410
_AGENT: Final = "andon-webhooks"


class WebhookSender:
    """Sends messages to services. It follows no redirect, reads no body and keeps no cookie."""

    def __init__(self, timeout: float = TIMEOUT, authorities: bytes | None = None) -> None:
        """`timeout` in seconds. `authorities` are trusted in place of the system's: certificates in PEM."""
        self._timeout: Final = timeout
        self._authorities: Final = authorities

    @cached_property
    def _client(self) -> pyqwest.Client:
        """Made when it is first needed: it reads the system's certificates."""
        transport = pyqwest.HTTPTransport(
            tls_ca_cert=self._authorities,
            tls_include_system_certs=self._authorities is None,
            use_system_dns=True,
            follow_redirects=False,
            enable_otel=False,
        )
        return pyqwest.Client(transport)

    async def send(self, webhook: Webhook, message_id: str, body: bytes, now: int) -> Sent:
        """One attempt. It has arrived where the answer is a 2xx, and never raises for what the other side does."""
        headers = {"content-type": CONTENT_TYPE, "user-agent": _AGENT, **signed(webhook, message_id, body, now)}
        try:
            async with asyncio.timeout(self._timeout):
                async with self._client.stream("POST", webhook.url, headers=headers, content=body) as response:
                    status, retry_after = response.status, response.headers.get("retry-after")
        except TimeoutError:
            return Sent(f"no answer within {self._timeout:g} s")
        except ConnectionError as error:
            return Sent(_why(error))
        except Exception as error:  # what a library may raise for a hostile answer; its words may hold the address
            return Sent(f"the connection broke ({type(error).__name__})")
        return _judged(status, retry_after, now)


def signed(webhook: Webhook, message_id: str, body: bytes, now: int) -> dict[str, str]:
    """The headers that say who sent it, signed with each of the webhook's secrets. `now` in µs."""
    stamp = _EPOCH + timedelta(seconds=now // SECOND)
    signatures = [Signer(secret).sign(message_id, stamp, body.decode()) for secret in webhook.secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(now // SECOND),
        "webhook-signature": " ".join(signatures),
    }


def _judged(status: int, retry_after: str | None, now: int) -> Sent:
    if 200 <= status < 300:
        return Sent()
    if 300 <= status < 400:
        return Sent(f"HTTP {status}: redirects are not followed; change the url")
    if status == _GONE:
        return Sent("HTTP 410: gone", final=True)
    return Sent(f"HTTP {status}", least=_least(retry_after, now))


def _least(retry_after: str | None, now: int) -> int:
    """The span in µs that Retry-After asks for; 0 where it says nothing we understand."""
    if not retry_after:
        return 0
    if retry_after.isascii() and retry_after.isdigit():
        return int(retry_after[:9]) * SECOND
    try:
        until = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return 0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0, (until - _EPOCH) // timedelta(microseconds=1) - now)


def _why(error: ConnectionError) -> str:
    """In our own words: those of the library hold the address."""
    said = str(error).lower()
    for words, meaning in (
        ("refused", "connection refused"),
        ("dns", "the host's name can't be resolved"),
        ("certificate", "the certificate is not to be trusted"),
    ):
        if words in said:
            return meaning
    return "no connection"
