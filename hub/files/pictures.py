"""Pictures made anew: upright, in sRGB, of bounded size, one frame, with no metadata and no foreign bytes."""

import io
from contextlib import suppress
from dataclasses import dataclass

from PIL import Image, ImageCms

from hub.errors import TooLarge, UnsupportedMedia
from hub.files.facts import FileFacts
from hub.files.names import with_suffix

MAX_POINTS = 50_000_000
MAX_SIDE = 4096
_SUFFIXES = frozenset({"gif", "jpeg", "jpg", "jpe", "jfif", "png", "apng", "webp"})


@dataclass(frozen=True, slots=True)
class Kind:
    """What Pillow may take it for, and what is written."""

    formats: tuple[str, ...]
    written: str
    media_type: str
    suffix: str


_JPEG = Kind(("JPEG", "MPO"), "JPEG", "image/jpeg", "jpg")
_PNG = Kind(("PNG",), "PNG", "image/png", "png")
_GIF = Kind(("GIF",), "PNG", "image/png", "png")
_WEBP = Kind(("WEBP",), "WEBP", "image/webp", "webp")


def picture_kind(data: bytes) -> Kind | None:
    """Which picture that we can make anew it begins like, if any."""
    if data.startswith(b"\xff\xd8\xff"):
        return _JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _PNG
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _GIF
    return _WEBP if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def remade(name: str, data: bytes, kind: Kind) -> FileFacts:
    """Decode and write again.

    Raises:
        TooLarge: more than 50 million points; known from the head, nothing is decoded.
        UnsupportedMedia: it cannot be read as what it begins like.
    """
    Image.MAX_IMAGE_PIXELS = None  # checked below, with our own error
    try:
        with Image.open(io.BytesIO(data), formats=kind.formats) as image:
            if image.width * image.height > MAX_POINTS:
                raise TooLarge("the picture has more than 50 million points")
            made = _drawn(image)
    except MemoryError as error:
        raise TooLarge("the picture needs too much memory") from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, ZeroDivisionError) as error:
        raise UnsupportedMedia("the picture cannot be read; it may be damaged") from error
    written = io.BytesIO()
    made.save(written, kind.written, quality=85)
    return FileFacts(
        with_suffix(name, kind.suffix, _SUFFIXES),
        kind.media_type,
        written.getvalue(),
        made.width,
        made.height,
        inline=True,
    )


def _drawn(image: Image.Image) -> Image.Image:
    """The first frame, small enough and upright, as plain points."""
    orientation = image.getexif().get(0x0112, 1)
    profile = image.info.get("icc_profile")
    image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG is decoded at the size that is needed
    image.load()
    image.thumbnail((MAX_SIDE, MAX_SIDE), reducing_gap=2.0)
    plain = _in_srgb(_plain(image), profile)
    plain.info.clear()
    turned = _TURNS.get(orientation)
    return plain.transpose(turned) if turned is not None else plain


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _plain(image: Image.Image) -> Image.Image:
    """Grey, colour or colour with transparency, eight bits each."""
    if image.mode.startswith(("I", "F")):
        return image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data and image.format != "JPEG":
        return image.convert("RGBA")
    return image.copy() if image.mode in ("L", "RGB") else image.convert("L" if image.mode == "1" else "RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as they were meant; an unreadable profile is left out."""
    if not profile or image.mode not in ("RGB", "RGBA"):
        return image
    with suppress(ImageCms.PyCMSError, OSError, ValueError):
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mapped = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=image.mode)
        return mapped or image
    return image
