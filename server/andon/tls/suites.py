"""TLS 1.3 alone on the gRPC port. gRPC for Python has no option for that."""

from __future__ import annotations

import os
from typing import Final

VARIABLE: Final = "GRPC_SSL_CIPHER_SUITES"

NONE_OF_TLS12: Final = "ECDHE-PSK-AES128-CBC-SHA"
"""Suites of TLS 1.2 that may be agreed upon: one that needs a key shared beforehand, which nobody has.

gRPC passes this list on for TLS 1.2 and below, and an empty one is an error. The suites of TLS 1.3 are not of it: they
are always there. So only TLS 1.3 comes about.
"""


def only_tls13() -> None:
    """Has gRPC in this process speak TLS 1.3 alone, whatever the environment says. Comes before gRPC is imported."""
    os.environ[VARIABLE] = NONE_OF_TLS12


def is_only_tls13() -> bool:
    """Whether that was asked for."""
    return os.environ.get(VARIABLE) == NONE_OF_TLS12
