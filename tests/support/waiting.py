"""Waiting for a condition, so that no test sleeps for a fixed time."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

Probe = Callable[[], object] | Callable[[], Awaitable[object]]


async def eventually(probe: Probe, *, within: float = 10.0, every: float = 0.01) -> object:
    """Ask again until the answer is truthy, and return that answer.

    A probe may be a coroutine function. An `AssertionError` in it counts as "not yet", so a probe may assert.

    Raises:
        AssertionError: never truthy within so many seconds; names the last answer.
    """
    deadline = time.monotonic() + within
    while True:
        last = await _ask(probe)
        if last and not isinstance(last, AssertionError):
            return last
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s; last answer: {last!r}")
        await asyncio.sleep(every)


async def _ask(probe: Probe) -> object:
    try:
        answer = probe()
        return await answer if inspect.isawaitable(answer) else answer
    except AssertionError as not_yet:
        return not_yet


def wait_until(probe: Callable[[], object], *, within: float = 10.0, every: float = 0.01) -> object:
    """The same for tests without an event loop."""
    deadline = time.monotonic() + within
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s; last answer: {answer!r}")
        time.sleep(every)
