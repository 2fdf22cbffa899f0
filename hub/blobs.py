"""Files of customers and agents: a folder, or an S3-shaped store. Names are random and ours.

A name is given once and its bytes never change, so they may be cached for ever.
"""

import asyncio
import contextlib
import os
import re
import secrets
import tempfile
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from hub.errors import NotFound, SettingsError, Unavailable

if TYPE_CHECKING:  # seven megabytes that the embedded default does without
    from obstore.store import ObjectStore, S3Store

CHUNK = 256 * 1024
_NAME = re.compile(r"[0-9a-f]{40}")


class Blobs(ABC):
    """Keeps bytes under names of its own making."""

    @abstractmethod
    async def put(self, data: bytes) -> str:
        """Store durably and give the name: 160 random bits, in hexadecimal.

        Raises: Unavailable (disk full, store away); nothing is left behind.
        """

    @abstractmethod
    async def get(self, name: str) -> bytes:
        """All bytes. Raises: NotFound, Unavailable."""

    @abstractmethod
    def stream(self, name: str) -> AsyncIterator[bytes]:
        """The bytes in pieces of about 256 kB. Raises at the first piece: NotFound, Unavailable."""

    @abstractmethod
    async def delete(self, name: str) -> None:
        """Forget; a name that is not there is no error. Raises: Unavailable."""


def open_blobs(url: str, home: Path) -> Blobs:
    """`file:///folder` or `s3://bucket/prefix`; the folder `blobs` of `home` when the URL is empty."""
    if not url:
        return FolderBlobs(home / "blobs")
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc:
        return FolderBlobs(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.hostname:
        return S3Blobs(_open_bucket(parts.hostname, unquote(parts.path).strip("/")))
    raise SettingsError("HUB_BLOBS_URL must be file:///folder or s3://bucket/prefix")


def _open_bucket(bucket: str, prefix: str) -> "S3Store":
    """Keys, region and endpoint come from `AWS_…` variables; an outage is told soon, not retried for minutes."""
    from obstore.store import S3Store

    return S3Store(
        bucket,
        prefix=prefix or None,
        client_options={"allow_http": True, "connect_timeout": timedelta(seconds=5), "timeout": timedelta(seconds=60)},
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
    )


class FolderBlobs(Blobs):
    """A folder with 256 folders in it. A file appears under its name whole and on disk, or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, data: bytes) -> str:
        """See `Blobs.put`."""
        name = _new_name()
        with _disk_errors():
            await asyncio.to_thread(_write, self._path(name), data)
        return name

    async def get(self, name: str) -> bytes:
        """See `Blobs.get`."""
        with _disk_errors():
            return await asyncio.to_thread(self._path(name).read_bytes)

    async def stream(self, name: str) -> AsyncIterator[bytes]:
        """See `Blobs.stream`."""
        with _disk_errors():
            file = await asyncio.to_thread(self._path(name).open, "rb")
            with file:
                while piece := await asyncio.to_thread(file.read, CHUNK):
                    yield piece

    async def delete(self, name: str) -> None:
        """See `Blobs.delete`."""
        with _disk_errors():
            await asyncio.to_thread(self._path(name).unlink, missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / _checked(name)[:2] / name


class S3Blobs(Blobs):
    """An object store that speaks S3, through obstore."""

    def __init__(self, store: "ObjectStore") -> None:
        self._store: Any = store

    async def put(self, data: bytes) -> str:
        """See `Blobs.put`."""
        name = _new_name()
        with _store_errors():
            await self._store.put_async(name, data)
        return name

    async def get(self, name: str) -> bytes:
        """See `Blobs.get`."""
        with _store_errors():
            found = await self._store.get_async(_checked(name))
            return bytes(await found.bytes_async())

    async def stream(self, name: str) -> AsyncIterator[bytes]:
        """See `Blobs.stream`."""
        with _store_errors():
            found = await self._store.get_async(_checked(name))
            async for piece in found.stream(min_chunk_size=CHUNK):
                for start in range(0, len(piece), CHUNK):
                    yield bytes(piece[start : start + CHUNK])

    async def delete(self, name: str) -> None:
        """See `Blobs.delete`."""
        with _store_errors(), contextlib.suppress(FileNotFoundError):
            await self._store.delete_async(_checked(name))


def _new_name() -> str:
    return secrets.token_hex(20)


def _checked(name: str) -> str:
    """Only what `_new_name` gives leads to a file: no path, no other object of the bucket."""
    if not _NAME.fullmatch(name):
        raise NotFound("no such file")
    return name


def _write(path: Path, data: bytes) -> None:
    """Write aside, sync, rename, sync the folder: then it is there after a power cut, too."""
    is_new = not path.parent.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")  # with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).rename(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    if is_new:
        _sync_folder(path.parent.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("no such file") from error
    except OSError as error:
        raise Unavailable("the file store does not work now") from error


@contextlib.contextmanager
def _store_errors() -> Iterator[None]:
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError as error:  # obstore's NotFoundError is one
        raise NotFound("no such file") from error
    except (BaseError, OSError) as error:
        raise Unavailable("the file store does not answer") from error
