"""One worker process for files: started at need, ended when idle, replaced when it dies or takes too long.

Decoding in the web process would hold up its event loop and let a picture bomb take its memory; a child that
is idle most of the time need not be there most of the time.
"""

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from hub.errors import Unavailable, UnsupportedMedia
from hub.files.facts import CUSTOMER_BYTES, FileFacts
from hub.files.wire import MAX_LINE, facts_or_error, packed
from hub.logs import get_logger

log = get_logger()

JOB_SECONDS = 20.0
IDLE_SECONDS = 60.0
_ROOT = Path(__file__).parents[2]


class FilePool:
    """Looks at files one at a time; callers wait in line."""

    def __init__(self, *, job_seconds: float = JOB_SECONDS, idle_seconds: float = IDLE_SECONDS) -> None:
        self._job_seconds = job_seconds
        self._idle_seconds = idle_seconds
        self._turn = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None
        self._idle: asyncio.TimerHandle | None = None

    async def inspect(self, name: str, data: bytes, *, max_bytes: int = CUSTOMER_BYTES) -> FileFacts:
        """What the bytes are, and what is to be stored of them; see `hub.files.inspecting.inspect`.

        Raises:
            TooLarge: too many bytes, points or memory.
            UnsupportedMedia: empty, unreadable, or it took longer than 20 seconds.
            Unavailable: no worker can be started.
        """
        async with self._turn:
            self._stay_awake()
            try:
                async with asyncio.timeout(self._job_seconds):
                    head, answer = await self._ask(packed({"name": name, "max_bytes": max_bytes}, data))
            except (TimeoutError, EOFError, ConnectionError, ValueError) as error:
                await self._end()
                log.warning("file worker replaced", exc_info=error)
                raise UnsupportedMedia("the file takes too much to be checked") from error
            except BaseException:  # whoever waited is gone; the answer to come is nobody's
                await self._end()
                raise
            self._sleep_later()
        return facts_or_error(head, answer)

    @property
    def pid(self) -> int | None:
        """The worker's process, when there is one."""
        return self._child.pid if self._child is not None and self._child.returncode is None else None

    async def close(self) -> None:
        """End the worker; a file in work is refused."""
        self._stay_awake()
        await self._end()

    async def _ask(self, question: bytes) -> tuple[dict[str, Any], bytes]:
        child = await self._awake()
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(question)
        await child.stdin.drain()
        head = json.loads(await child.stdout.readline())
        return head, await child.stdout.readexactly(head["bytes"])

    async def _awake(self) -> asyncio.subprocess.Process:
        if self._child is None or self._child.returncode is not None:
            try:
                self._child = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "hub.files.worker",
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.DEVNULL,
                    env={"PYTHONPATH": str(_ROOT), "PATH": os.environ.get("PATH", "")},  # no secrets
                    limit=MAX_LINE,
                )
            except OSError as error:
                raise Unavailable("files cannot be checked now") from error
        return self._child

    def _sleep_later(self) -> None:
        self._idle = asyncio.get_running_loop().call_later(self._idle_seconds, self._kill)

    def _stay_awake(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _kill(self) -> None:
        if self._child is not None and self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._child.kill()

    async def _end(self) -> None:
        child = self._child
        if child is not None:
            self._kill()
            await child.wait()
