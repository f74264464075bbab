"""What is looked at before anything is made: ports and folders, each refusal one line that names what was given."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from andon.__main__ import main
from andon.cli.preflight import in_words, obstacles, taken
from andon.config import load
from andon.units import Address

FREE = {"listen": "127.0.0.1:0", "http_listen": "127.0.0.1:0"}
Output = pytest.CaptureFixture[str]


@pytest.fixture
def port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def found(**flags: str) -> tuple[str, ...]:
    return obstacles(load(FREE | flags, {}))


def test_nothing_is_wrong_with_the_defaults_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert found() == ()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("key", ["listen", "http_listen"])
def test_a_taken_port_is_named(key: str, port: int) -> None:
    assert found(**{key: f"127.0.0.1:{port}"}) == (f"can't listen on 127.0.0.1:{port}: address already in use",)


def test_a_port_that_was_looked_at_is_free(port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = Address("127.0.0.1", other.getsockname()[1])
        assert taken(free)
    assert (taken(free), taken(free)) == ("", "")


def test_a_port_with_lingering_connections_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        where = server.getsockname()
        with socket.create_connection(where) as client:
            accepted, _ = server.accept()
            accepted.close()  # the side that closes first lingers
            client.recv(1)
    assert taken(Address(*where)) == ""


def test_a_name_one_address_of_which_is_in_use_is_taken(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    both = [(*stream, ("127.0.0.2", port)), (*stream, ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    assert taken(Address("localhost", port)) == "address already in use"


def test_an_address_of_another_machine_and_an_unknown_name_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert taken(Address("192.0.2.1", 0)) == "cannot assign requested address"

    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert taken(Address("nowhere.invalid", 1)) == "name or service not known"


def test_folders_that_are_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    missing, plain = tmp_path / "missing", tmp_path / "plain"
    assert found(store=str(missing / "a.db")) == (f"store {missing}/a.db: the folder {missing} does not exist",)
    assert found(store=str(tmp_path)) == (f"store {tmp_path}: is a folder; name a file",)
    assert found(policies=str(missing)) == (f"policies {missing}: the folder does not exist",)
    assert found(policies=str(plain)) == (f"policies {plain}: is not a folder",)


def test_folders_that_may_not_be_used_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    monkeypatch.setattr(os, "scandir", denied)
    assert found(store=str(tmp_path / "a.db"), policies=str(tmp_path)) == (
        f"store {tmp_path}/a.db: the folder {tmp_path} can't be written to",
        f"policies {tmp_path}: the folder can't be read: permission denied",
    )


def test_a_certificate_and_key_that_do_not_fit_are_named(tmp_path: Path) -> None:
    authority, files = trustme.CA(), []
    for number in range(2):
        issued = authority.issue_cert("localhost")
        files += [tmp_path / f"{number}.crt", tmp_path / f"{number}.key"]
        files[-2].write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
        files[-1].write_bytes(issued.private_key_pem.bytes())
    certificate, key, _, other = map(str, files)
    empty = tmp_path / "empty"
    empty.write_text("")
    assert found(tls_certificate=certificate, tls_key=key) == ()
    for unfit, why in (
        (other, "the key is not the certificate's"),
        (f"{key}s", "no such file or directory"),
        (str(empty), "they hold no certificate and key in PEM"),
    ):
        assert found(tls_certificate=certificate, tls_key=unfit) == (
            f"tls_certificate {certificate} and tls_key {unfit}: {why}",
        )
    pair = {"tls_certificate": certificate, "tls_key": key}
    assert found(**pair, tls_client_ca=certificate) == ()
    for unfit, why in ((str(empty), "holds no certificate in PEM"), (f"{key}s", "no such file or directory")):
        assert found(**pair, tls_client_ca=unfit) == (f"tls_client_ca {unfit}: {why}",)


def test_an_error_of_the_system_begins_with_its_path() -> None:
    assert in_words(PermissionError(13, "Permission denied", "/x/t")) == "/x/t: permission denied"
    assert in_words(OSError("can't listen")) == "can't listen"


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--tokens", "missing/t", "token file missing/t can't be made: no folder missing"),
        ("--store", "missing/a.db", "store missing/a.db: the folder {folder}/missing does not exist"),
        ("--policies", "missing", "policies missing: the folder does not exist"),
    ],
)
def test_serve_ends_with_one_line_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output, flag: str, value: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ports = ["--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"]
    assert main(["serve", *ports, flag, value]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == f"andon: {said.format(folder=tmp_path)}\n"
    assert not list(tmp_path.iterdir())
