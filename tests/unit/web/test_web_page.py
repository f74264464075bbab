"""The page's files: types, caches, compressed variants, headers, and that no path leads out of the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from andon.web.asgi import Answer
from andon.web.page import NOT_BUILT, Page
from tests.unit.web.plain import ask, get, opened, page, request

SCRIPT = "/assets/app-1a2b3c.js"


@pytest.fixture
def built(tmp_path: Path) -> Page:
    """A built page, and a secret beside its folder."""
    (tmp_path / "secret").write_text("hush")
    (page(tmp_path / "page") / "way-out").symlink_to(tmp_path / "secret")
    return Page(tmp_path / "page")


def headers(answer: Answer) -> dict[str, str]:
    return dict(answer.headers)


def test_files_have_their_types_and_caches(built: Page) -> None:
    for path, kind, cache in (
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
        ("/config.json", "application/json", "no-cache"),
        (SCRIPT, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
    ):
        answer = built.answer(path, {})
        assert (answer.status, answer.content_type, headers(answer)["Cache-Control"]) == (200, kind, cache)


def test_what_the_build_notes_for_itself_is_not_served(tmp_path: Path) -> None:
    folder = page(tmp_path)
    names = (".sources", "manifest.json", ".hidden/app.js", "assets/.env")
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("{}")
    built = Page(folder)
    assert [built.answer(f"/{name}", {}).status for name in names] == [404] * len(names)
    assert built.answer(SCRIPT, {}).status == 200


def test_a_browser_that_has_a_file_is_told_so(built: Page) -> None:
    tag = headers(built.answer("/", {}))["ETag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        answer = built.answer("/", {"if-none-match": known})
        assert (answer.status, answer.body, headers(answer)["ETag"]) == (304, b"", tag)
    assert built.answer("/", {"if-none-match": '"other"'}).status == 200


@pytest.mark.parametrize(
    ("accepted", "body", "encoding"),
    [
        ("gzip, deflate, br", b"as if by brotli", "br"),
        ("gzip;q=1.0", b"as if by gzip", "gzip"),
        ("br;q=0, gzip", b"as if by gzip", "gzip"),
        ("", b"console.log(1)", None),
        ("zstd", b"console.log(1)", None),
    ],
)
def test_the_smallest_variant_that_a_browser_takes(
    built: Page, accepted: str, body: bytes, encoding: str | None
) -> None:
    answer = built.answer(SCRIPT, {"accept-encoding": accepted})
    assert (answer.body, headers(answer).get("Content-Encoding")) == (body, encoding)
    assert headers(answer)["Vary"] == "Accept-Encoding"
    assert built.answer(SCRIPT, {"accept-encoding": accepted, "if-none-match": headers(answer)["ETag"]}).status == 304


def test_variants_have_tags_of_their_own(built: Page) -> None:
    tags = {headers(built.answer(SCRIPT, {"accept-encoding": each}))["ETag"] for each in ("br", "gzip", "")}
    assert len(tags) == 3


@pytest.mark.parametrize(
    "path",
    ["/../secret", "/assets/../../secret", "/way-out", "//secret", "/assets/", "/" + SCRIPT, "/a.js", SCRIPT + ".br"],
)
def test_no_path_leads_out(built: Page, path: str) -> None:
    assert built.answer(path, {}).status == 404


def test_without_a_build_the_page_says_how_to_make_it(tmp_path: Path) -> None:
    missing = Page(tmp_path / "page")
    assert (missing.answer("/", {}).status, missing.answer("/", {}).body) == (200, NOT_BUILT)
    assert b"make web" in NOT_BUILT
    assert missing.answer("/index.html", {}).status == 404


@pytest.mark.parametrize(
    "path", ["/%2e%2e/%2e%2e/etc/passwd", "/../../etc/passwd", "/..%2fsecret", "/%00", "/a\\..\\b"]
)
async def test_no_request_leads_out_either(path: str) -> None:
    async with opened() as door:
        reply = await get(door.port, path)
    assert reply.status in (400, 404)
    assert b"root:" not in reply.body


async def test_every_answer_has_its_security_headers() -> None:
    async with opened() as door:
        for path in ("/", "/metrics", "/nothing"):
            found = (await get(door.port, path)).headers
            policy = found["content-security-policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert "*" not in policy
            assert found["x-content-type-options"] == "nosniff"
            assert found["referrer-policy"] == "no-referrer"
            assert found["cross-origin-opener-policy"] == "same-origin"
            assert found["cross-origin-resource-policy"] == "same-origin"
            assert "camera=()" in found["permissions-policy"]
            assert "strict-transport-security" not in found
            assert "set-cookie" not in found
            assert found["server"] == "andon"
        call = (await ask(door.port, request("POST", "/a.B/C", {"Content-Type": "application/json"}, b"{}"))).headers
    assert call["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert (call["cache-control"], call["x-content-type-options"]) == ("no-store", "nosniff")


async def test_what_changes_nothing_may_be_asked_and_nothing_else() -> None:
    async with opened() as door:
        head = await ask(door.port, request("HEAD", "/"))
        assert (head.status, head.body, int(head.headers["content-length"]) > 0) == (200, b"", True)
