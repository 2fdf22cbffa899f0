"""A5 and A4 at the server: files are looked at, renamed, and never run; texts are never markup."""

import io
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from PIL import Image

from tests.support.site import Site, open_site

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.domain)</script></svg>'
HTML = b"<!doctype html><script>fetch('/api/v1/me')</script>"
POLYGLOT = b"GIF89a/*\x01\x00\x01\x00\x00\x00\x00*/=1;alert(1)//"
NAMES = [
    "\u200b.htaccess",
    "..\\..\\x.py",
    "../../../etc/passwd",
    "a.html\0.png",
    ".env",
    "x" * 300 + ".pdf",
    "photo\u202egnp.exe",
    "CON.txt",
    'a"; filename="b.html',
    "a\r\nSet-Cookie: x=1",
    "卡片 照片.pdf",
]


def picture(kind: str = "PNG", size: tuple[int, int] = (30, 20)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "red").save(made, kind)
    return made.getvalue()


async def upload(
    who: httpx.AsyncClient, data: bytes, name: str = "file", media_type: str = "application/octet-stream"
) -> httpx.Response:
    headers = {"Content-Type": media_type, "X-File-Name": quote(name, safe="")}
    return await who.post("/api/v1/files", content=data, headers=headers)


def is_harmless(answer: httpx.Response) -> bool:
    """A browser that opens this address runs nothing and shows nothing of it as ours."""
    policy = answer.headers["content-security-policy"]
    return (
        policy.startswith("sandbox;")
        and "allow-" not in policy
        and answer.headers["x-content-type-options"] == "nosniff"
        and answer.headers["content-disposition"].startswith("attachment;")
        and answer.headers["content-type"] == "application/octet-stream"
    )


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_decides_nothing_and_cannot_leave_its_header(sqlite_site: Site, name: str) -> None:
    amy = await sqlite_site.by_token("amy")

    stored = await upload(amy, b"%PDF-1.7 hello", name.replace("\0", ""))
    answer = await amy.get(stored.json()["url"])

    shown = stored.json()["name"]
    assert stored.status_code == 201
    assert not set(shown) & set('/\\\0\r\n\u200b\u202e"')
    assert not shown.startswith(".")
    assert 0 < len(shown) <= 120
    assert is_harmless(answer)
    assert answer.content == b"%PDF-1.7 hello"
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-disposition"].count("filename=") == 1
    blobs = [path.name for path in (sqlite_site.hub.settings.home / "blobs").rglob("*") if path.is_file()]
    assert all(len(blob) == 40 and blob.isalnum() for blob in blobs)


async def test_a_name_with_a_nul_is_refused(sqlite_site: Site) -> None:
    answer = await upload(await sqlite_site.by_token("amy"), b"x", "a.html\0.png")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("data", [SVG, HTML, POLYGLOT + b"\x00" * 40, b"\xef\xbb\xbf<?xml version='1.0'?>" + SVG])
@pytest.mark.parametrize("media_type", ["image/png", "text/html", "image/svg+xml"])
async def test_what_a_browser_could_run_is_refused_or_only_ever_downloaded(
    sqlite_site: Site, data: bytes, media_type: str
) -> None:
    amy = await sqlite_site.by_token("amy")

    stored = await upload(amy, data, "picture.png", media_type)

    if stored.status_code == 201:
        assert stored.json()["inline"] is False
        assert is_harmless(await amy.get(stored.json()["url"]))
    else:
        assert (stored.status_code, stored.json()["code"]) == (415, "unsupported_media")


async def test_a_picture_is_made_anew_and_shown_in_place(sqlite_site: Site) -> None:
    amy = await sqlite_site.by_token("amy")
    smuggled = picture("JPEG") + b"<script>alert(1)</script>"

    stored = (await upload(amy, smuggled, "me.html", "text/html")).json()
    answer = await amy.get(stored["url"])

    assert (stored["media_type"], stored["inline"], stored["width"], stored["height"]) == ("image/jpeg", True, 30, 20)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("inline;")
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert b"script" not in answer.content
    assert len(answer.content) == stored["bytes"] == int(answer.headers["content-length"])


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, picture()[:40]])
async def test_an_empty_or_broken_file_is_refused_and_nothing_is_kept(sqlite_site: Site, data: bytes) -> None:
    answer = await upload(await sqlite_site.by_token("amy"), data, "a.png", "image/png")

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media")
    assert not [path for path in (sqlite_site.hub.settings.home / "blobs").rglob("*") if path.is_file()]


async def test_a_file_over_the_limit_is_refused(sqlite_site: Site) -> None:
    browser, _ = await sqlite_site.visitor()

    answer = await browser.post("/widget/files", content=b"x" * 10_000_001, headers={"X-File-Name": "big"})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_an_unsent_file_is_its_uploaders_alone(site: Site) -> None:
    amy, sue = await site.by_token("amy"), await site.by_token("sue")
    browser, _ = await site.visitor()
    other, _ = await site.visitor()

    staff_file = (await upload(amy, b"%PDF-1")).json()
    customer_file = (await browser.post("/widget/files", content=b"%PDF-2", headers={"X-File-Name": "a"})).json()

    assert (await amy.get(staff_file["url"])).status_code == 200
    assert (await sue.get(staff_file["url"])).status_code == 404
    assert (await browser.get(customer_file["url"])).content == b"%PDF-2"
    assert (await other.get(customer_file["url"])).status_code == 404
    assert (await browser.get(f"/widget/files/{staff_file['id']}")).status_code == 404
    assert (await amy.get(f"/api/v1/files/{customer_file['id']}")).status_code == 404


async def test_a_sent_file_is_for_who_may_read_the_entry(site: Site) -> None:
    customer, conversation_id = await site.served_by("amy")
    amy, ben = await site.by_token("amy"), await site.by_token("ben")
    file = (await upload(amy, picture())).json()
    url = f"/api/v1/conversations/{conversation_id}"
    private = (await upload(amy, b"%PDF-1 for amy")).json()

    sent = await amy.post(f"{url}/replies", json={"text": "", "attachments": [file["id"]]})
    twice = await amy.post(f"{url}/replies", json={"text": "", "attachments": [file["id"]]})
    stolen = await ben.post(f"{url}/replies", json={"text": "", "attachments": [private["id"]]})

    assert sent.json()["attachments"] == [file]
    assert (twice.status_code, stolen.status_code) == (404, 404)
    own = await site.browser_of(customer)
    stranger, _ = await site.visitor()
    assert (await own.get(f"/widget/files/{file['id']}")).status_code == 200
    assert (await stranger.get(f"/widget/files/{file['id']}")).status_code == 404
    assert (await (await site.by_token("mia")).get(file["url"])).status_code == 200
    assert (await ben.get(file["url"])).status_code == 404


async def test_with_an_origin_of_their_own_files_are_served_there_and_nothing_else(
    sqlite_house_url: str, tmp_path: Path
) -> None:
    async with open_site(sqlite_house_url, tmp_path / "home", HUB_FILES_URL="http://files.test") as site:
        amy = await site.by_token("amy")
        file = (await upload(amy, picture())).json()

        sent_on = await amy.get(file["url"])
        there = await site.client()
        shown = await there.get(sent_on.headers["location"])
        signed = sent_on.headers["location"].removeprefix("http://files.test")
        forged = await there.get(f"http://files.test{signed[:-2]}")
        elsewhere = await there.get(signed)
        console = await there.get("http://files.test/console")
        api = await amy.get("http://files.test/api/v1/me")
        site.hub.clock.advance(62)
        late = await there.get(sent_on.headers["location"])

        assert sent_on.status_code == 302
        assert sent_on.headers["location"].startswith("http://files.test/f/att_")
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
        assert shown.headers["access-control-allow-origin"] == "http://hub.test"
        assert shown.headers["content-security-policy"].startswith("sandbox;")
        assert {answer.status_code for answer in (forged, elsewhere, console, api, late)} == {404}
        policy = (await there.get("/console")).headers["content-security-policy"]
        assert "img-src 'self' http://files.test" in policy
        assert "script-src 'self' 'sha256" in policy
