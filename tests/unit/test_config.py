"""Settings: precedence, faults, and that the documentation says what the code does."""

from __future__ import annotations

import argparse
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from andon.__main__ import main
from andon.cli.config import effective, markdown
from andon.config import KEYS, PACKAGED_POLICIES, ConfigError, Settings, load, resolve
from andon.domain.clock import DAY, MINUTE, SECOND
from andon.units import Address, format_size, format_span, parse_size, parse_span

DOCS = Path(__file__).parents[2] / "docs" / "configuration.md"


def faults(flags: dict[str, str] | None = None, environ: dict[str, str] | None = None, file: Path | None = None) -> str:
    """All faults of such settings, as text."""
    with pytest.raises(ConfigError) as caught:
        load(flags or {}, environ or {}, file)
    return str(caught.value)


def written(folder: Path, text: str) -> Path:
    """A configuration file."""
    file = folder / "andon.toml"
    file.write_text(text, "utf-8")
    return file


def test_without_any_setting_it_is_local_and_has_defaults() -> None:
    settings = load({}, {"PATH": "/usr/bin"})
    assert settings == Settings()
    assert settings.listen == Address("127.0.0.1", 50051)
    assert settings.listen.loopback
    assert settings.http_listen.loopback
    assert (settings.max_wait, settings.max_waiters, settings.max_payload_size) == (50 * SECOND, 50_000, 262_144)
    assert settings.policies == PACKAGED_POLICIES


def test_flags_win_over_environment_over_file(tmp_path: Path) -> None:
    file = written(tmp_path, 'max_wait = "1s"\ndrain_timeout = "2s"\nlease_duration = "90s"\nmax_streams = 7\n')
    environ = {"ANDON_MAX_WAIT": "3s", "ANDON_DRAIN_TIMEOUT": "4s"}
    resolved = resolve({"max_wait": "5s"}, environ, file)
    settings = resolved.settings
    assert settings.max_wait == 5 * SECOND
    assert settings.drain_timeout == 4 * SECOND
    assert settings.lease_duration == 90 * SECOND
    assert settings.max_streams == 7
    sources = [resolved.sources[name] for name in ("max_wait", "drain_timeout", "lease_duration", "listen")]
    assert sources == ["--max-wait", "ANDON_DRAIN_TIMEOUT", f"{file}: lease_duration", "default"]


def test_the_environment_can_name_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "reflection = false")
    assert load({}, {"ANDON_CONFIG": str(file)}).reflection is False


def test_a_flag_names_another_file_than_the_environment(tmp_path: Path) -> None:
    file = written(tmp_path, "reflection = false")
    assert load({}, {"ANDON_CONFIG": str(tmp_path / "missing.toml")}, file).reflection is False


def test_all_faults_are_named_at_once_with_their_places(tmp_path: Path) -> None:
    file = written(tmp_path, 'max_wiat = "1s"\nmax_streams = 0\nretrain_after = [1]\n')
    found = faults({"max_wait": "5"}, {"ANDON_LISTN": "x", "ANDON_LOG_LEVEL": "loud"}, file)
    assert f"{file}: unknown key 'max_wiat'; did you mean max_wait?" in found
    assert f"{file}: max_streams: '0' must be at least 1" in found
    assert f"{file}: retrain_after must be a string, a whole number, true or false" in found
    assert "--max-wait: '5' must be a time span" in found
    assert "unknown environment variable ANDON_LISTN; did you mean ANDON_LISTEN?" in found
    assert "ANDON_LOG_LEVEL: 'loud' must be one of debug, info, warning, error" in found
    assert len(found.splitlines()) == 6


def test_unknown_flags_are_refused() -> None:
    assert "unknown flag 'liste'; did you mean listen?" in faults({"liste": "x"})


@pytest.mark.parametrize("text", ['listen = "', "listen = 'a'\nlisten = 'b'", "\x00"])
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text)
    assert faults(file=file).startswith(f"configuration file {file}: ")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "andon.toml"
    file.write_bytes(b"\xff\xfe")
    assert str(file) in faults(file=file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "No such file" in faults(file=tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ANDON_TOKEN", "andon_secret"),
        ("ANDON_TOKEN_FILE", "x"),
        ("ANDON_TLS", "true"),
        ("ANDON_ROOT_CERTIFICATES", "ca.pem"),
        ("ANDON_RECEIPT_KEYS", "jwks.json"),
        ("ANDON_ADDRESS", "x"),
        ("ANDON_SERVICE_HOST", "10.0.0.1"),
        ("ANDON_SERVICE_PORT", "50051"),
        ("ANDON_SERVICE_PORT_GRPC", "50051"),
        ("ANDON_PORT", "tcp://10.0.0.1:50051"),
        ("ANDON_PORT_50051_TCP_ADDR", "10.0.0.1"),
        ("ANDON_METRICS_SERVICE_HOST", "10.0.0.1"),
    ],
)
def test_variables_of_others_are_left_alone(variable: str, value: str) -> None:
    assert load({}, {variable: value}) == Settings()


def test_a_port_that_somebody_meant_for_us_is_not_ignored() -> None:
    assert "ANDON_PORT" in faults(environ={"ANDON_PORT": "50051"})


@pytest.mark.parametrize("key", ["listen", "http_listen"])
@pytest.mark.parametrize("address", ["0.0.0.0:6000", "[::]:6000", "10.1.2.3:6000", "example.org:6000"])
def test_nothing_listens_beyond_loopback_by_accident(key: str, address: str) -> None:
    assert "allow_insecure_remote" in faults({key: address})
    settings = load({key: address, "allow_insecure_remote": "true"}, {})
    assert str(getattr(settings, key)) == address


@pytest.mark.parametrize("key", ["listen", "http_listen"])
def test_with_a_certificate_others_may_reach_us(key: str) -> None:
    settings = load({key: "0.0.0.0:6000", "tls_certificate": "a.crt", "tls_key": "a.key"}, {})
    assert (settings.tls_certificate, settings.tls_key) == (Path("a.crt"), Path("a.key"))


@pytest.mark.parametrize("name", ["tls_certificate", "tls_key"])
def test_a_certificate_and_its_key_need_each_other(name: str) -> None:
    assert "tls_certificate and tls_key need each other" in faults({name: "a.pem"})


@pytest.mark.parametrize("text", ["https://a.example,http://[::1]:5173", "https://a.example, http://[::1]:5173,"])
def test_origins_are_given_by_commas_or_as_a_list(tmp_path: Path, text: str) -> None:
    wanted = ("https://a.example", "http://[::1]:5173")
    assert load({"cors_origins": text}, {}).cors_origins == wanted
    file = written(tmp_path, 'cors_origins = ["https://a.example", "http://[::1]:5173"]')
    assert load({}, {}, file).cors_origins == wanted
    assert load({"cors_origins": ""}, {}, file).cors_origins == ()


@pytest.mark.parametrize("origin", ["*", "https://*.example", "a.example", "https://a.example/", "https://A.example"])
def test_what_is_no_origin_is_refused(origin: str) -> None:
    assert f"holds {origin!r}; an origin is scheme and host" in faults({"cors_origins": f"https://b.example,{origin}"})


@pytest.mark.parametrize("address", ["127.0.0.1:0", "127.9.9.9:1", "[::1]:6000", "localhost:6000"])
def test_loopback_needs_no_permission(address: str) -> None:
    assert str(load({"listen": address}, {}).listen) == address


@pytest.mark.parametrize("address", ["", "50051", ":50051", "::1:50051", "a:b", "a:65536", "a:-1", "a:\u0661", "[]:1"])
def test_bad_addresses_are_refused(address: str) -> None:
    assert "must be HOST:PORT" in faults({"listen": address})


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        ({"heartbeat_interval": "60s"}, "heartbeat_interval must be shorter"),
        ({"max_message_size": "100KiB"}, "max_payload_size must not exceed"),
        ({"http_listen": "127.0.0.1:50051"}, "are both 127.0.0.1:50051"),
        ({"max_payload_depth": "33"}, "at most 32"),
        ({"max_wait": "2h"}, "at most 1h"),
        ({"max_waiters": "9" * 5_000}, "whole number"),
        ({"aging_interval": "9" * 400 + "d"}, "time span"),
        ({"max_payload_size": "1MB"}, "must be a size"),
        ({"reflection": "yes"}, "must be true or false"),
        ({"policies": ""}, "must be a path"),
        ({"tls_client_ca": "a.pem"}, "tls_client_ca needs tls_certificate and tls_key"),
        (
            {"tls_certificate": "a", "tls_key": "b", "http_client_certificates": "true"},
            "http_client_certificates needs tls_client_ca",
        ),
        ({"max_calls_per_second": "-1"}, "whole number"),
        ({"max_calls_per_second": "100001"}, "at most 100000"),
    ],
)
def test_what_can_not_work_is_refused(flags: dict[str, str], why: str) -> None:
    assert why in faults(flags)


def test_no_setting_lets_anybody_in_without_credentials_or_lifts_a_limit_unasked() -> None:
    assert not [name for name in KEYS if any(word in name for word in ("auth", "anonym", "guest", "open_access"))]
    settings = load({"allow_insecure_remote": "true"}, {})
    assert (settings.max_calls_per_second, settings.max_streams_per_principal) == (1_000, 100)
    assert (settings.max_open_decisions_per_principal, settings.max_waiters_per_principal) == (100_000, 25_000)
    settings = load({name: "0" for name in KEYS if name.endswith("_per_principal")}, {})
    assert settings.max_streams_per_principal == 0


def test_a_password_in_an_address_is_not_repeated() -> None:
    found = faults(environ={"ANDON_STORE": "mysql://me:hunter2@db/andon"})
    assert "hunter2" not in found
    assert "***@db" in found


def test_the_effective_settings_are_a_file_that_gives_the_same(tmp_path: Path) -> None:
    flags = {"max_wait": "50s", "listen": "[::1]:1", "reflection": "false", "tokens": 'a "b" #\\c.yaml'}
    resolved = resolve(flags, {"ANDON_MAX_PAYLOAD_SIZE": "1KiB"})
    text = effective(resolved)
    assert set(tomllib.loads(text)) == set(KEYS)
    assert "# ANDON_MAX_PAYLOAD_SIZE\n" in text
    assert load({}, {}, written(tmp_path, text)) == resolved.settings


def test_andon_config_prints_settings_and_no_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANDON_TOKEN", "andon_very-secret")
    monkeypatch.setenv("ANDON_MAX_STREAMS", "9")
    assert main(["config", "--max-wait", "50s"]) == 0
    out = capsys.readouterr().out
    assert "very-secret" not in out
    assert any(
        line.startswith("max_streams = 9 ") and line.endswith("# ANDON_MAX_STREAMS") for line in out.splitlines()
    )
    assert any(line.startswith('max_wait = "50s"') and line.endswith("# --max-wait") for line in out.splitlines())


def test_andon_config_names_faults(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ANDON_MAX_STREEMS", "9")
    assert main(["config"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "did you mean ANDON_MAX_STREAMS?" in captured.err


def test_every_key_has_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    from andon.cli.serve import add_settings

    parser = argparse.ArgumentParser()
    add_settings(parser)
    parser.print_help()
    shown = capsys.readouterr().out
    assert all(key.flag in shown for key in KEYS.values())


def test_every_key_is_described() -> None:
    assert list(KEYS) == [field.name for field in fields(Settings)]
    assert all(key.doc.endswith(".") and key.kind.unit for key in KEYS.values())


def test_the_documentation_holds_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--markdown"]) == 0
    table = capsys.readouterr().out
    assert table == markdown()
    assert f"<!-- settings -->\n\n{table}\n<!-- /settings -->" in DOCS.read_text("utf-8"), "see the comment there"


def test_weights_are_read_and_shown() -> None:
    settings = load({"queue_weights": "refunds=3,letters = 0.5"}, {})
    assert settings.queue_weights == (("refunds", 3.0), ("letters", 0.5))
    assert KEYS["queue_weights"].shown(settings.queue_weights) == "refunds=3, letters=0.5"
    assert load({"queue_weights": ""}, {}).queue_weights == ()


@pytest.mark.parametrize(
    "text", ["refunds", "=3", "refunds=0", "refunds=101", "refunds=x", "a=1, a=2", "a=-1", "a=1e1"]
)
def test_weights_that_make_no_sense_are_refused(text: str) -> None:
    assert "must name each queue once with a weight from 0.01 to 100" in faults({"queue_weights": text})


@given(st.integers(0, 365 * DAY))
def test_spans_are_read_as_they_are_written(span: int) -> None:
    assert parse_span(format_span(span)) == span


@given(st.integers(0, 1 << 29))
def test_sizes_are_read_as_they_are_written(size: int) -> None:
    assert parse_size(format_size(size)) == size


@pytest.mark.parametrize(
    ("text", "span"), [("1h30m", 90 * MINUTE), ("0.5s", SECOND // 2), ("250ms", 250_000), ("1us", 1), ("0s", 0)]
)
def test_spans_can_be_combined(text: str, span: int) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "5", "s", "-5s", "5 s", "5s ", "1e3s", "5S", "\u0665s", "1,5s"])
def test_bad_spans_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a time span"):
        parse_span(text)


def test_waits_that_their_connection_would_not_outlive_are_refused() -> None:
    message = "max_wait is 80s, above max_connection_age_grace, 75s: waits would be cut with their connection"
    assert faults({"max_wait": "80s"}) == message
    assert load({"max_wait": "75s"}, {}).max_wait == 75 * SECOND
    assert load({"max_wait": "80s", "max_connection_age_grace": "2m"}, {}).max_wait == 80 * SECOND


def test_every_variable_of_clients_is_documented() -> None:
    text = DOCS.read_text("utf-8")
    assert all(f"`{name}`" in text for name in ("ANDON_ADDRESS", "ANDON_TOKEN", "ANDON_TLS", "ANDON_ROOT_CERTIFICATES"))
