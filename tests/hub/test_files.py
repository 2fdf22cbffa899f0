"""Files from outside: attack A5 and picture bombs (A14), and what honest people send."""

import asyncio
import io
import os
import struct
import time
import zipfile
import zlib
from collections.abc import AsyncIterator
from typing import Any

import psutil
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from hub.errors import TooLarge, UnsupportedMedia
from hub.files import AGENT_BYTES, FilePool, display_name
from hub.files.inspecting import inspect
from tests.support.waiting import eventually

BINARY = "application/octet-stream"


def picture(format: str = "PNG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: Any) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    written = io.BytesIO()
    image.convert(mode).save(written, format, **options)
    return written.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def png_head(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG that says how large it is, whatever follows."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("format", "media_type", "name"),
    [
        ("JPEG", "image/jpeg", "card.jpg"),
        ("PNG", "image/png", "card.png"),
        ("GIF", "image/png", "card.png"),
        ("WEBP", "image/webp", "card.webp"),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "1", "CMYK"])
def test_a_picture_is_made_anew(format: str, media_type: str, name: str, mode: str) -> None:
    if (format, mode) in {("JPEG", "P"), ("JPEG", "RGBA"), ("PNG", "CMYK"), ("GIF", "CMYK"), ("WEBP", "CMYK")}:
        mode = "RGB"

    facts = inspect(f"card.{format.lower()}", picture(format, mode=mode))

    assert (facts.name, facts.media_type, facts.inline) == (name, media_type, True)
    assert (facts.width, facts.height) == opened(facts.data).size == (40, 20)


def test_a_picture_loses_its_metadata_and_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right by a quarter
    exif[0x010E] = "taken at home"
    exif.get_ifd(0x8825)[2] = (22.0, 17.0, 0.0)

    facts = inspect("photo.jpg", picture("JPEG", exif=exif, comment=b"secret"))

    image = opened(facts.data)
    assert image.size == (20, 40)
    red, _, blue = image.convert("RGB").getpixel((10, 5))  # type: ignore[misc]
    assert red > 200 > 60 > blue
    assert not image.getexif()
    assert b"taken at home" not in facts.data
    assert b"secret" not in facts.data


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_texts_and_foreign_bytes_do_not_survive(format: str) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "secret", zip=False)

    facts = inspect("a", picture(format, pnginfo=info, xmp=b"<x:secret/>") + b"<script>secret</script>")

    assert b"secret" not in facts.data


def test_transparency_stays() -> None:
    image = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    written = io.BytesIO()
    image.save(written, "PNG")

    assert opened(inspect("a.png", written.getvalue()).data).getpixel((0, 0)) == (255, 0, 0, 0)


def test_sixteen_bits_become_eight_without_burning_out() -> None:
    image = Image.new("I;16", (8, 8), 0x8000)
    written = io.BytesIO()
    image.save(written, "PNG")

    assert opened(inspect("a.png", written.getvalue()).data).getpixel((0, 0)) == 0x80


@pytest.mark.parametrize("profile", [b"no profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()])
def test_a_colour_profile_is_applied_and_left_out(profile: bytes) -> None:
    facts = inspect("a.jpg", picture("JPEG", icc_profile=profile))

    assert "icc_profile" not in opened(facts.data).info


def test_a_large_picture_is_made_smaller() -> None:
    facts = inspect("a.jpg", picture("JPEG", (9000, 3000)))

    assert (facts.width, facts.height) == (4096, 1365)


def test_only_the_first_frame_is_kept() -> None:
    frames = [Image.new("P", (8, 8), n) for n in range(5)]
    written = io.BytesIO()
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])

    facts = inspect("dance.gif", written.getvalue())

    assert (facts.name, facts.media_type) == ("dance.png", "image/png")
    assert getattr(opened(facts.data), "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("card.png", "card.png"),
        ("我的卡 (1).png", "我的卡 (1).png"),
        ("\u200b.htaccess", "htaccess"),
        ("..\\..\\x.py", "x.py"),
        ("../../etc/passwd", "passwd"),
        ("a.html\0.png", "a.html.png"),
        (".env", "env"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("x" * 300, "x" * 120),
        ("a." + "x" * 300, "a." + "x" * 118),
        ("", "file"),
        ("...", "file"),
        ("/", "file"),
        ("\ud800", "file"),
        ("a\r\nSet-Cookie: b", "aSet-Cookie_ b"),
        ('"><svg onload=1>', "___svg onload=1_"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("folder/", "folder"),
        ("trailing. . ", "trailing"),
        ("e\u0301.txt", "é.txt"),
    ],
)
def test_a_name_is_made_fit_to_be_shown(name: str, shown: str) -> None:
    assert display_name(name) == shown
    assert inspect(name, b"hello").name == shown


def test_the_suffix_of_a_picture_tells_the_truth() -> None:
    assert inspect("a.html\0.png", picture()).name == "a.html.png"
    assert inspect("run.html", picture()).name == "run.html.png"
    assert inspect("photo.JPEG", picture("JPEG")).name == "photo.jpg"
    assert inspect("noname", picture()).name == "noname.png"
    assert len(inspect("x" * 300 + ".png", picture("JPEG")).name) <= 120


def _zipped(name: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(name, "x")
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', BINARY),
        ("a.png", b'<?xml version="1.0"?><svg onload="alert(1)"/>', BINARY),
        ("a.svg", b"\xef\xbb\xbf  <svg/>", BINARY),
        ("a.txt", "<svg/>".encode("utf-16"), BINARY),
        ("a.jpg", b"<!DOCTYPE html><script>alert(1)</script>", BINARY),
        ("a.txt", b"\n\n  <ScRiPt>alert(1)</script>", BINARY),
        ("a.txt", b"hello <html onclick=alert(1)>", BINARY),
        ("a.xhtml", b"<a xmlns='http://www.w3.org/1999/xhtml'/>", BINARY),
        ("a.png", b"\0\0<script>alert(1)</script>", BINARY),
        ("a.html", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "application/pdf"),
        ("x.py", b"print('hello')", "text/plain"),
        ("a.html", "你好".encode(), "text/plain"),
        ("a.txt", "你好".encode("gb18030"), BINARY),
        ("a.png", b"MZ\x90\0\x03\0\0\0\x04\0", BINARY),
        ("a.txt", b"text\0with nul", BINARY),
        ("a.bin", bytes(range(256)), BINARY),
        ("a.zip", _zipped("x.txt"), "application/zip"),
        ("a.zip", _zipped("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\xff" * 64, "video/mp4"),
        ("a.jar", _zipped("META-INF/MANIFEST.MF"), "application/zip"),
    ],
)
def test_only_the_bytes_tell_what_it_is_and_all_but_pictures_is_a_download(
    name: str, data: bytes, media_type: str
) -> None:
    facts = inspect(name, data)

    assert (facts.media_type, facts.inline, facts.data) == (media_type, False, data)
    assert (facts.width, facts.height) == (None, None)


def test_a_polyglot_of_gif_and_javascript_becomes_a_harmless_picture_or_nothing() -> None:
    gif = bytearray(picture("GIF"))
    gif[6:8] = b"/*"  # the width, which opens a comment
    script = bytes(gif) + b"*/=1;alert(document.domain)//"

    try:
        facts = inspect("x.js", script)
    except UnsupportedMedia:
        return

    assert facts.media_type == "image/png"
    assert facts.name == "x.js.png"
    assert b"alert" not in facts.data
    assert facts.data.startswith(b"\x89PNG")


def test_a_text_that_begins_like_a_gif_is_refused() -> None:
    with pytest.raises(UnsupportedMedia):
        inspect("x.gif", b"GIF89a=1;alert(document.domain)")


@pytest.mark.parametrize("size", [(60_000, 60_000), (2**31 - 1, 2**31 - 1), (50_001, 1000)])
def test_a_picture_bomb_is_refused_by_its_head(size: tuple[int, int]) -> None:
    begun = time.monotonic()

    with pytest.raises((TooLarge, UnsupportedMedia)):
        inspect("bomb.png", png_head(*size, zlib.compress(bytes(1_000_000))))

    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("cut", [12, 60, -8])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_damaged_picture_is_refused_or_repaired_never_a_crash(format: str, cut: int) -> None:
    data = picture(format, (200, 200))[:cut]

    try:
        facts = inspect("a", data)
    except UnsupportedMedia:
        return

    opened(facts.data)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP"])
def test_random_damage_never_ends_in_another_error(format: str) -> None:
    good = picture(format, (64, 64))
    for n in range(200):
        bad = bytearray(good)
        for place in range(3):
            bad[(n * 7919 + place * 104_729) % len(bad)] ^= 1 + (n * 31 + place) % 255
        try:
            inspect("a", bytes(bad))
        except (UnsupportedMedia, TooLarge):
            continue


def test_sizes_are_limited() -> None:
    with pytest.raises(UnsupportedMedia, match="empty"):
        inspect("a", b"")
    with pytest.raises(TooLarge, match="10 MB"):
        inspect("a", bytes(10_000_001))
    assert inspect("a", bytes(10_000_001), max_bytes=AGENT_BYTES).media_type == BINARY


@pytest.fixture
async def pool() -> AsyncIterator[FilePool]:
    opened = FilePool()
    yield opened
    await opened.close()


async def test_the_pool_answers_as_the_function_does(pool: FilePool) -> None:
    names = [f"{n}.png" for n in range(5)]

    found = await asyncio.gather(*(pool.inspect(name, picture()) for name in names))

    assert found == [inspect(name, picture()) for name in names]
    with pytest.raises(TooLarge, match="50 million"):
        await pool.inspect("bomb.png", png_head(60_000, 60_000))
    with pytest.raises(UnsupportedMedia, match="damaged"):
        await pool.inspect("a.gif", b"GIF89a=1")
    with pytest.raises(TooLarge, match="10 MB"):
        await pool.inspect("a", bytes(11_000_000))
    big = os.urandom(20_000_000)
    assert (await pool.inspect("a", big, max_bytes=AGENT_BYTES)).data == big


async def test_one_process_serves_all_and_holds_no_secrets(pool: FilePool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_SECRET_KEY", "k" * 32)
    assert pool.pid is None

    await pool.inspect("a", b"hello")
    first = pool.pid
    await pool.inspect("a", b"hello")

    assert first is not None
    assert pool.pid == first
    assert not [name for name in psutil.Process(first).environ() if name.startswith("HUB_")]


async def test_a_worker_that_dies_is_replaced(pool: FilePool) -> None:
    await pool.inspect("a", b"hello")
    assert pool.pid is not None

    psutil.Process(pool.pid).kill()
    await eventually(lambda: pool.pid is None)

    assert (await pool.inspect("a", b"hello")).media_type == "text/plain"


async def test_a_file_that_takes_too_long_is_refused_and_the_next_is_not() -> None:
    pool = FilePool(job_seconds=0.01)
    with pytest.raises(UnsupportedMedia, match="too much"):
        await pool.inspect("a", b"hello")
    assert pool.pid is None

    pool = FilePool()
    waiting = asyncio.create_task(pool.inspect("slow.png", picture("PNG", (4000, 4000))))
    await eventually(lambda: pool.pid)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert (await pool.inspect("b", b"hello")).name == "b"
    await pool.close()
    assert pool.pid is None


async def test_an_idle_worker_ends() -> None:
    pool = FilePool(idle_seconds=0.05)

    await pool.inspect("a", b"hello")

    await eventually(lambda: pool.pid is None)
    assert (await pool.inspect("a", b"hello")).name == "a"
    await pool.close()


async def test_memory_is_limited_and_the_largest_honest_picture_fits(pool: FilePool) -> None:
    largest = png_head(10_000, 5000, zlib.compress((b"\0" + b"\x80" * 30_000) * 5000, 1))

    facts = await pool.inspect("largest.png", largest)

    assert (facts.width, facts.height) == (4096, 2048)
    assert pool.pid is not None
    assert psutil.Process(pool.pid).rlimit(psutil.RLIMIT_AS) == (1024**3, 1024**3)
