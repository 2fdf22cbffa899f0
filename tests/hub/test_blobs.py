"""Files are kept under names of ours, durably, in a folder or an S3-shaped store."""

import asyncio
import os
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from obstore.store import LocalStore, MemoryStore

from hub.blobs import Blobs, FolderBlobs, S3Blobs, open_blobs
from hub.errors import NotFound, SettingsError, Unavailable


class Bucket:
    """A small server that speaks as much S3 as the hub uses."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.unsigned = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.unsigned += not request.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=me/")
        if request.method == "PUT":
            self.objects[request.path] = await request.read()
            return web.Response(headers={"ETag": '"1"'})
        if request.method == "POST" and "delete" in request.query:
            keys = re.findall(r"<Key>(.*?)</Key>", await request.text())
            for key in keys:
                self.objects.pop(f"{request.path}/{key}", None)
            deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            return web.Response(text=f"<DeleteResult>{deleted}</DeleteResult>")
        if request.path not in self.objects:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        headers = {"ETag": '"1"', "Last-Modified": "Sat, 21 Nov 2026 10:00:00 GMT"}
        return web.Response(body=self.objects[request.path], headers=headers)


@pytest.fixture
async def bucket(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bucket]:
    served = Bucket()
    app = web.Application(client_max_size=2**25)
    app.router.add_route("*", "/{path:.*}", served.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    settings = {"ENDPOINT": f"http://{host}:{port}", "REGION": "eu-test-1"}
    for name, value in {**settings, "ACCESS_KEY_ID": "me", "SECRET_ACCESS_KEY": "secret"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    yield served
    await runner.cleanup()


@pytest.fixture(params=["folder", "memory", "local", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """Each kind of store."""
    if request.param == "folder":
        return FolderBlobs(tmp_path / "blobs")
    if request.param == "local":
        return S3Blobs(LocalStore(tmp_path / "blobs", mkdir=True))
    if request.param == "memory":
        return S3Blobs(MemoryStore())
    request.getfixturevalue("bucket")
    return open_blobs("s3://files/hub", tmp_path)


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
async def test_what_is_put_is_got(blobs: Blobs, size: int) -> None:
    data = os.urandom(size)

    name = await blobs.put(data)

    assert re.fullmatch("[0-9a-f]{40}", name)
    assert await blobs.get(name) == data
    pieces = [piece async for piece in blobs.stream(name)]
    assert b"".join(pieces) == data
    assert all(len(piece) <= 256 * 1024 for piece in pieces)


async def test_the_same_bytes_twice_are_two_files(blobs: Blobs) -> None:
    first, second = await asyncio.gather(blobs.put(b"same"), blobs.put(b"same"))

    await blobs.delete(first)

    assert await blobs.get(second) == b"same"
    with pytest.raises(NotFound):
        await blobs.get(first)
    with pytest.raises(NotFound):
        await anext(blobs.stream(first))


async def test_deleting_twice_is_no_error(blobs: Blobs) -> None:
    name = await blobs.put(b"x")

    await blobs.delete(name)
    await blobs.delete(name)


@pytest.mark.parametrize(
    "name",
    ["", "..", "../hub.db", "/etc/passwd", "a" * 39, "A" * 40, "a" * 40 + "\n", "a" * 38 + "/.", "é" * 40, "a\0" * 20],
)
async def test_only_names_of_ours_lead_anywhere(blobs: Blobs, name: str) -> None:
    with pytest.raises(NotFound):
        await blobs.get(name)
    with pytest.raises(NotFound):
        await anext(blobs.stream(name))
    with pytest.raises(NotFound):
        await blobs.delete(name)


async def test_a_folder_holds_only_whole_files_that_nobody_else_reads(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)

    name = await blobs.put(b"photo")

    (path,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert path == tmp_path / name[:2] / name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_disk_that_fails_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(Unavailable):
        await FolderBlobs(tmp_path).put(b"photo")

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_an_s3_store_gets_signed_requests_under_its_prefix(bucket: Bucket, tmp_path: Path) -> None:
    blobs = open_blobs("s3://files/hub/one", tmp_path)

    name = await blobs.put(b"photo")

    assert bucket.objects == {f"/files/hub/one/{name}": b"photo"}
    assert bucket.unsigned == 0


async def test_an_s3_store_that_is_away_is_unavailable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = {"ENDPOINT": "http://127.0.0.1:9", "ACCESS_KEY_ID": "me", "SECRET_ACCESS_KEY": "x"}
    for name, value in settings.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    blobs = open_blobs("s3://files", tmp_path)

    with pytest.raises(Unavailable):
        await blobs.put(b"x")
    with pytest.raises(Unavailable):
        await blobs.get("a" * 40)


async def test_the_url_chooses_the_store(tmp_path: Path) -> None:
    name = await open_blobs("", tmp_path).put(b"x")
    other = await open_blobs(f"file://{tmp_path}/else%20where", tmp_path).put(b"y")

    assert (tmp_path / "blobs" / name[:2] / name).read_bytes() == b"x"
    assert (tmp_path / "else where" / other[:2] / other).read_bytes() == b"y"
    with pytest.raises(SettingsError):
        open_blobs("ftp://x/y", tmp_path)
