"""Look at one file. Runs in the worker process: it may take seconds and hundreds of megabytes."""

import puremagic

from hub.errors import TooLarge, UnsupportedMedia
from hub.files.facts import CUSTOMER_BYTES, FileFacts
from hub.files.names import display_name
from hub.files.pictures import picture_kind, remade

BINARY = "application/octet-stream"
_HEAD = 4096
_OFFICE = "application/vnd.openxmlformats-officedocument."
_IN_ZIP = (
    (b"word/document.xml", _OFFICE + "wordprocessingml.document"),
    (b"xl/workbook.xml", _OFFICE + "spreadsheetml.sheet"),
    (b"ppt/presentation.xml", _OFFICE + "presentationml.presentation"),
)
_KNOWN = {"application/gzip", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"}
_KNOWN |= {"image/avif", "image/bmp", "image/heic", "image/heif", "image/tiff"}
_KNOWN_FAMILIES = ("audio/", "video/")
_MARKUP = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\0<", b"\0<")


def inspect(name: str, data: bytes, *, max_bytes: int = CUSTOMER_BYTES) -> FileFacts:
    """What the bytes are, and what is to be stored of them.

    Raises:
        TooLarge: too many bytes, or a picture of more than 50 million points.
        UnsupportedMedia: empty, or a picture that cannot be read.
    """
    if len(data) > max_bytes:
        raise TooLarge(f"the file is larger than {max_bytes // 1_000_000} MB", max_bytes=max_bytes)
    if not data:
        raise UnsupportedMedia("the file is empty")
    shown = display_name(name)
    kind = picture_kind(data)
    if kind is not None:
        return remade(shown, data, kind)
    return FileFacts(shown, media_type(data), data, width=None, height=None, inline=False)


def media_type(data: bytes) -> str:
    """By the bytes alone, and only from a short list; whatever a browser could run is just bytes."""
    if _is_markup(data):
        return BINARY
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if data.startswith(b"PK\x03\x04"):
        return next((kind for inside, kind in _IN_ZIP if inside in data), "application/zip")
    if _is_text(data):
        return "text/plain"
    try:
        guessed = puremagic.from_string(data[: 64 * _HEAD], mime=True)
    except (puremagic.PureError, ValueError):
        return BINARY
    return guessed if guessed in _KNOWN or guessed.startswith(_KNOWN_FAMILIES) else BINARY


def _is_markup(data: bytes) -> bool:
    """HTML, SVG or XML, as lenient as a browser that sniffs."""
    head = data[:_HEAD].lstrip(b" \t\r\n\f\0")
    folded = data[:_HEAD].replace(b"\0", b"").lower()
    return head.startswith(_MARKUP) or any(tag in folded for tag in (b"<html", b"<script", b"<svg", b"<?xml", b"<!doc"))


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return not any(char < " " and char not in "\t\n\r\f" for char in text)
