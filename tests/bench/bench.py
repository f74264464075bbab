"""What all rows share: a folder on a real disk, the sizes, and one running pair of Andon and echo."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from andon_client._gen.andon.v1 import decision_service_pb2
from tests.bench import harness, messages
from tests.bench.echo import ECHO, RECORD
from tests.bench.harness import BenchError, Server
from tests.bench.load import Target, channels, flood, unary
from tests.bench.sizes import Sizes

_WARM_CALLS = 400


@dataclass(frozen=True, slots=True)
class Pair:
    """Andon and the echo, side by side."""

    andon: Server
    echo: Server
    tokens: dict[str, str]

    @property
    def service(self) -> tuple[tuple[str, str], ...]:
        """The credentials of the service that submits."""
        return messages.bearer(self.tokens["service"])

    def submission(self, body: bytes | None = None, method: str = messages.SUBMIT) -> Target:
        """Submit to Andon, of what passes unless told otherwise."""
        return Target(self.andon.address, method, body or messages.submit(messages.PASSES), self.service)

    def echoing(self) -> Target:
        """The same bytes to the echo."""
        return Target(self.echo.address, ECHO, messages.submit(messages.PASSES))

    def recording(self) -> Target:
        """The same bytes to a bare prototype, which records them."""
        return Target(self.echo.address, RECORD, messages.submit(messages.PASSES))

    async def recorded(self) -> int:
        """Decisions on record, told by one more. Raises BenchError where it did not pass at once."""
        async with channels(self.andon.address) as (channel,):
            answer = await unary(channel, messages.SUBMIT, self.service)(messages.submit(messages.PASSES))
        decision = decision_service_pb2.SubmitResponse.FromString(answer).decision
        if not decision.HasField("resolution"):
            raise BenchError("the decision that should pass was held")
        return decision.sequence


@dataclass(slots=True)
class Bench:
    """One run."""

    folder: Path
    loop: str
    sizes: Sizes
    _stack: ExitStack = field(default_factory=ExitStack)
    _pair: Pair | None = None

    async def pair(self) -> Pair:
        """The pair that most rows share, warm."""
        if self._pair is None:
            self._pair = self._stack.enter_context(self.fresh_pair())
            for target in (self._pair.submission(), self._pair.echoing(), self._pair.recording()):
                await flood(target, _WARM_CALLS, 64)
        return self._pair

    @contextmanager
    def fresh_pair(self, settings: dict[str, str] | None = None, reviewers: int = 1) -> Iterator[Pair]:
        """A pair of one row's own."""
        with ExitStack() as stack:
            home = stack.enter_context(self.temporary())
            tokens = harness.tokens_of(home, reviewers)
            running = stack.enter_context(harness.andon(home, self.loop, settings))
            yield Pair(running, stack.enter_context(harness.echo(home, self.loop)), tokens)

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """A folder that is gone at the end."""
        folder = Path(tempfile.mkdtemp(dir=self.folder, prefix="run-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Ends what is still running."""
        self._stack.close()
