"""What proof costs: who calls, the ledger's entry, its seal, the receipt."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from andon.auth.tokens import TokenFile
from andon.keys.ring import KeyRing
from andon.store.ledger import Draft, entry_hash
from andon_client._gen.andon.v1 import decision_service_pb2
from tests.bench import harness, messages
from tests.bench.bench import Bench
from tests.bench.echo import ECHO
from tests.bench.figures import micro, p50, paired
from tests.bench.harness import BenchError, Server
from tests.bench.load import GENERATOR, Target, channels, flood, unary
from tests.bench.report import Row

_IN_FLIGHT: Final = 64
_WARM: Final = 400
_ISSUER: Final = "http://127.0.0.1"
_RECEIPT: Final = "/andon.v1.DecisionService/GetReceipt"
_ONCE: Final = 2_000


async def measure(bench: Bench) -> list[Row]:
    """Submit by two kinds of credentials, and with and without a seal every second; GetReceipt; the parts alone."""
    with bench.temporary() as folder, _issuer(folder / "identity.yaml") as signed:
        tokens = harness.tokens_of(folder, 1)
        sealed = {"identity": "identity.yaml", "checkpoint-interval": "1s"}
        with harness.andon(folder, bench.loop, sealed) as ours, bench.temporary() as other:
            bare_tokens = harness.tokens_of(other, 1)
            with harness.andon(other, bench.loop, {"checkpoint-interval": "1d"}) as unsealed:
                opaque = _submission(ours, tokens["service"])
                by_jwt = _submission(ours, signed)
                plain = _submission(unsealed, bare_tokens["service"])
                for target in (opaque, by_jwt, plain):
                    await flood(target, _WARM, _IN_FLIGHT)
                credentials = await _compared(bench, (ours, by_jwt), (ours, opaque))
                seals = await _compared(bench, (ours, opaque), (unsealed, plain))
        parts = _parts(folder, tokens["service"])
    submit = p50(seals[1])
    return [_credentials(credentials), _seals(seals), _share(parts, submit), await _receipt(bench)]


def _submission(server: Server, token: str) -> Target:
    return Target(server.address, messages.SUBMIT, messages.submit(messages.PASSES), messages.bearer(token))


async def _compared(
    bench: Bench, above: tuple[Server, Target], below: tuple[Server, Target]
) -> tuple[list[float], list[float]]:
    """Seconds of the server's CPU per call of both, in turns."""
    costs: tuple[list[float], list[float]] = [], []
    for _ in range(bench.sizes.rounds):
        for found, (server, target) in zip(costs, (above, below), strict=True):
            before = server.cpu()
            await flood(target, bench.sizes.calls, _IN_FLIGHT)
            found.append(max(server.cpu() - before, 1e-9) / bench.sizes.calls)
    return costs


def _credentials(costs: tuple[Sequence[float], Sequence[float]]) -> Row:
    by_jwt, opaque = costs
    return Row(
        key="jwt",
        what="Submit by a signed token that was seen before: server CPU",
        target="(an opaque token)",
        measured=f"{micro(p50(by_jwt))} against {micro(p50(opaque))}",
        how=f"CPU per Submit of one server with an EdDSA token / with a token of its own; interleaved, by {GENERATOR}.",
        ratio=paired(by_jwt, opaque),
        raw={"jwt_us": [each * 1e6 for each in by_jwt], "opaque_us": [each * 1e6 for each in opaque]},
    )


def _seals(costs: tuple[Sequence[float], Sequence[float]]) -> Row:
    sealed, plain = costs
    return Row(
        key="sealing",
        what="Submit while the ledger is sealed every second: server CPU",
        target="(no checkpoints)",
        measured=f"{micro(p50(sealed))} against {micro(p50(plain))}",
        how="CPU per Submit with checkpoint_interval=1s / with 1d, two servers, interleaved. The default is 1m.",
        ratio=paired(sealed, plain),
        raw={"sealed_us": [each * 1e6 for each in sealed], "plain_us": [each * 1e6 for each in plain]},
    )


def _share(parts: dict[str, float], submit: float) -> Row:
    proof = parts["token"] + parts["entry"]
    return Row(
        key="proof",
        what="Submit with authentication and ledger entry against Submit without: CPU",
        target="(within submit-cpu)",
        measured=", ".join(f"{name} {micro(seconds)}" for name, seconds in parts.items()),
        how=(
            "CPU per Submit / the same less what looking up its token and hashing its ledger entry take by themselves "
            f"in this process, median of {_ONCE}. A signature is for a checkpoint or a receipt, never for a Submit."
        ),
        ratio=paired([submit], [submit - proof]),
        raw={f"{name}_us": seconds * 1e6 for name, seconds in parts.items()},
    )


async def _receipt(bench: Bench) -> Row:
    pair, sizes = await bench.pair(), bench.sizes
    async with channels(pair.andon.address) as (channel,):
        answer = await unary(channel, messages.SUBMIT, pair.service)(messages.submit(messages.PASSES))
        name = decision_service_pb2.SubmitResponse.FromString(answer).decision.name
        body = decision_service_pb2.GetReceiptRequest(name=name).SerializeToString()
        if not await unary(channel, _RECEIPT, pair.service)(body):
            raise BenchError("there is no receipt")
    ask = Target(pair.andon.address, _RECEIPT, body, pair.service)
    ours, bare = await _compared(bench, (pair.andon, ask), (pair.echo, Target(pair.echo.address, ECHO, body)))
    return Row(
        key="receipt",
        what="GetReceipt, 64 in flight: server CPU per call",
        target="(echo)",
        measured=f"{micro(p50(ours))} against {micro(p50(bare))}",
        how=f"CPU per call, read and signed anew each time, / that of an echo; median of {sizes.rounds} rounds.",
        ratio=paired(ours, bare),
        raw={"receipt_us": [each * 1e6 for each in ours], "echo_us": [each * 1e6 for each in bare]},
    )


def _parts(folder: Path, token: str) -> dict[str, float]:
    """What each takes by itself, median (s)."""
    known = TokenFile.load(folder / "andon-tokens.yaml")
    keys = KeyRing.fresh(1)
    draft = Draft(1_790_000_000_000_000, "decision.submitted", "service", "{}", "d" * 36)
    return {
        "token": _timed(lambda: known.authenticate(token)),
        "entry": _timed(lambda: entry_hash(7, draft, "0" * 64, "0" * 64)),
        "signature": _timed(lambda: keys.sign(b"x" * 900)),
    }


def _timed(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(_ONCE):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return p50(taken)


@contextmanager
def _issuer(file: Path) -> Iterator[str]:
    """An issuer on this machine whom the identity file trusts, and a token of it for a submitter."""
    key = Ed25519PrivateKey.generate()
    public = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key())) | {"kid": "bench", "alg": "EdDSA"}

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"keys": [public]}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    issuer = {
        "issuer": _ISSUER,
        "audience": "andon",
        "jwks_url": f"{_ISSUER}:{server.server_port}/jwks",
        "map": [{"claim": "scope", "value": "submit", "roles": ["submitter"]}],
    }
    file.touch(mode=0o600)
    file.write_text(json.dumps({"issuers": [issuer]}), "utf-8")  # JSON is YAML
    now = int(time.time())
    claims = {"iss": _ISSUER, "aud": "andon", "sub": "service", "scope": "submit", "iat": now, "exp": now + 86_400}
    try:
        yield jwt.encode(claims | {"jti": secrets.token_hex(8)}, key, "EdDSA", {"kid": "bench"})
    finally:
        server.shutdown()
        server.server_close()
