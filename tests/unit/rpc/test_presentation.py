"""The evidence of what was shown, as it comes in."""

from __future__ import annotations

import pytest

from andon.domain.errors import FieldInvalid, PayloadTooLarge
from andon.rpc.presentation import shown_of
from andon_client._gen.andon.v1 import task_pb2


def test_paths_have_16_kib_together() -> None:
    most = ["é" * 256] * 16
    assert shown_of(task_pb2.Shown(opened=most, unopened=most)).unopened == tuple(most)
    with pytest.raises(PayloadTooLarge) as refused:
        shown_of(task_pb2.Shown(opened=most, unopened=[*most, "x"]))
    assert refused.value.metadata == {"field": "shown", "limit": "16384", "actual": "16385"}


def test_paths_have_no_control_characters() -> None:
    with pytest.raises(FieldInvalid) as refused:
        shown_of(task_pb2.Shown(opened=["a", "\x00"], unopened=["\x9b"]))
    assert [fault.path for fault in refused.value.faults] == ["shown.opened[1]", "shown.unopened[0]"]
