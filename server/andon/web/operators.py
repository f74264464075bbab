"""What operators and other machines ask: /metrics, /healthz, /readyz, the public signing keys, who signs people in."""

from __future__ import annotations

import gzip
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Final

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from andon.domain.canonical import JsonObject
from andon.telemetry.logs import get_logger
from andon.web.asgi import NO_STORE, Answer, said
from andon.web.jwks import JWKS, published
from andon.web.signin import SIGN_IN, offered

PATHS: Final = frozenset({"/metrics", "/healthz", "/readyz", JWKS, SIGN_IN})
_log = get_logger("andon.web")


class Operators:
    """Answers scrapes and probes.

    `before_scrape` refreshes what is read only then; where it fails, the scrape fails with 503 instead of showing old
    numbers. `ready` decides what /readyz says. /healthz is 200 as long as the event loop turns; its JSON tells the
    `details`, for example policy files that could not be taken. `jwks` are the public signing keys,
    `sign_in` the issuers that the page may offer.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        before_scrape: Callable[[], Awaitable[None]],
        ready: Callable[[], bool],
        details: Callable[[], Mapping[str, object]] = dict,
        jwks: Callable[[], JsonObject] = dict,
        sign_in: Callable[[], JsonObject] = dict,
    ) -> None:
        self._registry = _WithoutCreated(registry)
        self._before_scrape = before_scrape
        self._ready = ready
        self._details = details
        self._jwks = jwks
        self._sign_in = sign_in

    async def answer(self, path: str, headers: Mapping[str, str]) -> Answer:
        """The answer to a GET of one of PATHS."""
        if path == "/metrics":
            return await self._scrape(headers)
        if path == JWKS:
            return published(self._jwks(), headers)
        if path == SIGN_IN:
            return offered(self._sign_in())
        if path == "/healthz":
            body = json.dumps({"status": "ok", **self._details()}).encode() + b"\n"
            return Answer(HTTPStatus.OK, body, "application/json")
        return Answer(HTTPStatus.OK, b"ready\n") if self._ready() else said(HTTPStatus.SERVICE_UNAVAILABLE)

    async def _scrape(self, headers: Mapping[str, str]) -> Answer:
        try:
            await self._before_scrape()
        except Exception:
            _log.exception("scrape failed")
            return said(HTTPStatus.SERVICE_UNAVAILABLE)
        encode, content_type = choose_encoder(headers.get("accept", ""))
        body = encode(self._registry)
        extra = [NO_STORE, ("Vary", "Accept, Accept-Encoding")]
        if "gzip" in headers.get("accept-encoding", ""):
            body = gzip.compress(body, compresslevel=1)
            extra.append(("Content-Encoding", "gzip"))
        return Answer(HTTPStatus.OK, body, content_type, tuple(extra))


class _WithoutCreated(Collector):
    """The registry without `_created` series, which would double what Prometheus keeps and say nothing new."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric
