"""Where the server is, and how credentials travel."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from andon_client import Client
from andon_client._options import is_local, resolve


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ADDRESS", "TOKEN", "TLS", "ROOT_CERTIFICATES"):
        monkeypatch.delenv(f"ANDON_{name}", raising=False)


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("localhost:50051", True),
        ("127.0.0.1:1", True),
        ("[::1]:50051", True),
        ("dns:///localhost:50051", True),
        ("unix:/run/andon.sock", True),
        ("andon.example.org:443", False),
        ("10.0.0.7:50051", False),
        ("localhost.example.org:50051", False),
    ],
)
def test_clear_text_stays_on_this_machine(address: str, local: bool) -> None:
    assert is_local(address) is local
    assert (resolve(address, None, None, None, ()).credentials is None) is local


def test_the_environment_fills_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANDON_ADDRESS", "andon:50051")
    monkeypatch.setenv("ANDON_TOKEN", "from-environment")
    monkeypatch.setenv("ANDON_TLS", "false")
    endpoint = resolve(None, None, None, None, ())
    assert endpoint.address == Client().address == "andon:50051"
    assert endpoint.metadata == (("authorization", "Bearer from-environment"),)
    assert endpoint.credentials is None
    assert resolve("x:1", "given", True, None, ()).metadata == (("authorization", "Bearer given"),)
    assert isinstance(resolve("x:1", None, True, None, ()).credentials, grpc.ChannelCredentials)
    monkeypatch.setenv("ANDON_TLS", "perhaps")
    with pytest.raises(ValueError, match="ANDON_TLS"):
        resolve(None, None, None, None, ())


def test_root_certificates_ask_for_tls(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Client("localhost:1", root_certificates=tmp_path / "missing.pem")
    assert resolve("localhost:1", None, None, b"pem", ()).credentials is not None


def test_a_token_that_would_break_the_header_is_refused() -> None:
    for token in ("line\nbreak", "two words", "ümlaut"):
        with pytest.raises(ValueError, match="visible ASCII"):
            Client(token=token)


def test_options_can_be_overridden() -> None:
    options = dict(resolve(None, None, None, None, [("grpc.keepalive_time_ms", 1)]).options)
    assert options["grpc.keepalive_time_ms"] == 1
    assert options["grpc.enable_retries"] == 0
