"""uvloop where it exists; asyncio where it does not, or where it is asked for."""

from __future__ import annotations

import sys

import pytest

from andon.cli.serve import _loop_factory


def test_auto_takes_uvloop_where_it_is_installed() -> None:
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")
    assert _loop_factory("auto") is uvloop.new_event_loop
    assert _loop_factory("uvloop") is uvloop.new_event_loop
    assert _loop_factory("asyncio") is None


def test_without_uvloop_auto_is_asyncio_and_asking_for_it_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert _loop_factory("auto") is None
    with pytest.raises(SystemExit) as caught:
        _loop_factory("uvloop")
    assert caught.value.code == 1
    assert "uvloop is not installed" in capsys.readouterr().err
