"""The HTTP door as the composition root sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from andon.rpc.pipeline import CallObserver, Endpoint, Pipeline
from andon.web.calls import Calls
from andon.web.headers import Cors
from andon.web.listener import Connections, Listener, Tls
from andon.web.operators import Operators
from andon.web.page import Page
from andon.web.site import Site


class HttpDoor:
    """Connect, gRPC-Web, the page and what operators ask, on one port."""

    def __init__(
        self,
        pipeline: Pipeline,
        served: Sequence[Endpoint],
        observer: CallObserver,
        operators: Operators,
        *,
        max_message_size: int,
        cors_origins: Sequence[str] = (),
        image_origins: Sequence[str] = (),
        sign_in_origins: Callable[[], Sequence[str]] = tuple,
        connections: Connections | None = None,
        tls: Tls | None = None,
    ) -> None:
        calls = Calls(pipeline, served, observer, max_message_size=max_message_size)
        self._site = Site(
            calls,
            operators,
            Page(),
            Cors(cors_origins),
            tls=tls is not None,
            image_origins=image_origins,
            sign_in_origins=sign_in_origins,
        )
        self._listener = Listener(self._site, connections or Connections(), tls)

    def bind(self, host: str, port: int) -> int:
        """Takes a port; 0 takes a free one. Returns the port. Raises OSError where it is taken."""
        return self._listener.bind(host, port)

    def start(self) -> None:
        """Begins to answer."""
        self._listener.start()

    async def renew(self, *, crowded: bool = True) -> bool:
        """Shows new connections what the files of TLS hold now; see `Listener.renew`."""
        return await self._listener.renew(crowded=crowded)

    async def drained(self, grace: float) -> None:
        """Returns once every call has ended, or was cut after `grace` seconds. Probes are still answered."""
        await self._site.ended(grace)

    async def stop(self) -> None:
        """Lets go of the port and of every connection."""
        await self._listener.stop()
