"""What can be known to fail before anything is made: a taken port, a folder that is not there, an unfit key."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from andon.config import Settings
from andon.units import Address

_HARD: Final = (errno.EADDRINUSE, errno.EACCES)


def obstacles(settings: Settings) -> tuple[str, ...]:
    """Why the server can't start, one line each, naming what the user gave; empty where nothing is known to be wrong.

    The ports are taken and let go at once, nothing else is touched. What happens after that is found by the real
    opening.
    """
    try:
        return tuple(_obstacles(settings))
    except OSError as error:
        return (in_words(error),)


def taken(address: Address) -> str:
    """Why nobody can listen on an address, in a few words; empty where one can.

    A name with several addresses is good if one can be had and none is in use.
    """
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        return _why(error)
    errors = [_bound(family, where) for family, _, _, _, where in found]
    hard = [error for error in errors if error is not None and error.errno in _HARD]
    soft = errors if None not in errors else []
    worst = next(iter([*hard, *soft]), None)
    return "" if worst is None else _why(worst)


def in_words(error: OSError) -> str:
    """The path first and then what is wrong with it, where the system names one."""
    return f"{error.filename}: {_why(error)}" if error.filename and error.strerror else str(error)


def _obstacles(settings: Settings) -> Iterator[str]:
    for address in (settings.listen, settings.http_listen):
        if why := taken(address):
            yield f"can't listen on {address}: {why}"
    if settings.tls_certificate and settings.tls_key and (why := _no_pair(settings.tls_certificate, settings.tls_key)):
        yield f"tls_certificate {settings.tls_certificate} and tls_key {settings.tls_key}: {why}"
    if settings.tls_client_ca and (why := _no_authority(settings.tls_client_ca)):
        yield f"tls_client_ca {settings.tls_client_ca}: {why}"
    if isinstance(settings.store, Path) and (why := _no_home(settings.store)):
        yield f"store {settings.store}: {why}"
    if why := _no_folder(settings.policies):
        yield f"policies {settings.policies}: {why}"


def _no_pair(certificate: Path, key: Path) -> str:
    """Why nobody can speak TLS with these two files. A key that asks for a password counts as none."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        mismatch = "MISMATCH" in (error.reason or "")
        return "the key is not the certificate's" if mismatch else "they hold no certificate and key in PEM"
    except OSError as error:
        return _why(error)
    return ""


def _no_authority(path: Path) -> str:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(path)
    except ssl.SSLError:
        return "holds no certificate in PEM"
    except OSError as error:
        return _why(error)
    return ""


def _no_home(database: Path) -> str:
    folder = database.resolve().parent
    if database.is_dir():
        return "is a folder; name a file"
    if not folder.is_dir():
        return f"the folder {folder} does not exist"
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"the folder {folder} can't be written to"


def _no_folder(path: Path) -> str:
    try:
        with os.scandir(path):
            return ""
    except FileNotFoundError:
        return "the folder does not exist"
    except NotADirectoryError:
        return "is not a folder"
    except OSError as error:
        return f"the folder can't be read: {_why(error)}"


def _bound(family: int, where: Any) -> OSError | None:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the servers do: a port whose last connections still linger is free, one that is listened on is not.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except OSError as error:
        return error
    return None


def _why(error: OSError) -> str:
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
