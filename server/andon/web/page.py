"""The reviewer's page: static files, read once, so that a path can name nothing but one of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from andon.web.asgi import Answer, said

FOLDER: Final = Path(__file__).parent / "page"
NOT_BUILT: Final = (
    b"The reviewer's page is not built. In a checkout of the source: make web, then start the server again.\n"
    b"Everything else is here: Connect and gRPC-Web for every method, /metrics, /healthz, /readyz.\n"
)
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
# What browsers unpack, the smallest first, and how its file is called.
_ENCODINGS: Final = {"br": ".br", "gzip": ".gz"}
_HASHED: Final = "/assets/"
# What the build notes for itself, beside files whose names begin with a dot. The wheel has neither.
_THE_BUILDS: Final = frozenset({"/manifest.json"})
_FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _File:
    content_type: str
    etag: str
    cache: str
    bodies: Mapping[str, bytes]


class Page:
    """The built page, or a line on how to build it where the folder is not there."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = dict(_read(folder)) if folder.is_dir() else {}

    @property
    def paths(self) -> frozenset[str]:
        """The paths of its files."""
        return frozenset(self._files)

    def answer(self, path: str, headers: Mapping[str, str]) -> Answer:
        """The answer to a GET."""
        if path == "/" and not self._files:
            return Answer(HTTPStatus.OK, NOT_BUILT)
        file = self._files.get("/index.html" if path == "/" else path)
        return said(HTTPStatus.NOT_FOUND) if file is None else _given(file, headers)


def _given(file: _File, headers: Mapping[str, str]) -> Answer:
    encoding = next((name for name in file.bodies if name and _accepts(headers, name)), "")
    etag = f'"{file.etag}{encoding and "-"}{encoding}"'
    lasting = (("ETag", etag), ("Cache-Control", file.cache), ("Vary", "Accept-Encoding"))
    known = {tag.strip().removeprefix("W/") for tag in headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Answer(HTTPStatus.NOT_MODIFIED, headers=lasting)
    packed = (("Content-Encoding", encoding),) if encoding else ()
    return Answer(HTTPStatus.OK, file.bodies[encoding], file.content_type, (*lasting, *packed))


def _accepts(headers: Mapping[str, str], encoding: str) -> bool:
    for offer in headers.get("accept-encoding", "").split(","):
        name, _, weight = offer.partition(";")
        if name.strip().lower() == encoding:
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _read(folder: Path) -> Iterator[tuple[str, _File]]:
    packed = set(_ENCODINGS.values())
    for path in sorted(folder.rglob("*")):
        if path.suffix in packed or not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
            continue
        name = "/" + path.relative_to(folder).as_posix()
        if name in _THE_BUILDS or "/." in name:
            continue
        body = path.read_bytes()
        yield (
            name,
            _File(
                content_type=_TYPES.get(path.suffix, "application/octet-stream"),
                etag=hashlib.sha256(body).hexdigest()[:20],
                cache=_FOREVER if name.startswith(_HASHED) else "no-cache",
                bodies=dict(_packed(path)) | {"": body},
            ),
        )


def _packed(path: Path) -> Iterator[tuple[str, bytes]]:
    for encoding, suffix in _ENCODINGS.items():
        sibling = path.with_name(path.name + suffix)
        if sibling.is_file():
            yield encoding, sibling.read_bytes()
