"""Outbound over the network: claim, send with no transaction open, settle.

A lease is longer than the adapter's own timeout, so a send that ends without a word is `unknown`
and never repeated by a program.
"""

import asyncio
import random
from collections.abc import Mapping
from typing import Any

from hub import conversations, delivery, identity, timeline, visitors
from hub.errors import (
    AddressRejected,
    ChannelError,
    HubError,
    NotFound,
    OutcomeUnknown,
    ProviderUnavailable,
    Unavailable,
    Unsupported,
)
from hub.logs import get_logger
from hub.ports import Account, AddressValue, ChannelAdapter, OutboundMessage
from hub.sealing import Sealer
from hub.store import Store, Tx
from hub.store.hot import Row

log = get_logger()

AT_ONCE = 16
POLL_SECONDS = 1.0
SETTLE_AGAIN_SECONDS = 0.5
LONGEST_SEND_SECONDS = 60.0


class Sender:
    """Drains the send queue until stopped; any number may run, in any number of processes."""

    def __init__(self, store: Store, adapters: Mapping[str, ChannelAdapter], sealer: Sealer) -> None:
        self._store = store
        self._adapters = adapters
        self._sealer = sealer
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Look now instead of at the next poll."""
        self._wake.set()

    def start(self) -> None:
        """Run in the background of the current event loop."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="sender")

    async def stop(self) -> None:
        """Stop; what was in flight becomes `unknown` when its lease runs out."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def turn(self) -> int:
        """Attempt what is due and wait for the ends; gives how many were attempted."""
        rows = await self._claim(AT_ONCE)
        await asyncio.gather(*map(self._attempt, rows))
        return len(rows)

    async def _run(self) -> None:
        """Keep up to `AT_ONCE` attempts under way: one that hangs takes a place, never the whole queue's time."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            while True:
                self._wake.clear()
                free = AT_ONCE - len(under_way)
                try:
                    rows = await self._claim(free) if free else []
                except Exception:  # the loop must live on: the database may be away for a while
                    log.exception("sending turn failed")
                    rows = []
                under_way |= {asyncio.create_task(self._attempt(row)) for row in rows}
                under_way = await self._rest(under_way, is_idle=not rows)
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _rest(self, under_way: set[asyncio.Task[None]], *, is_idle: bool) -> set[asyncio.Task[None]]:
        """Wait until there may be something to do; gives the attempts that still run."""
        if is_idle:
            waker = asyncio.create_task(self._wake.wait())
            await asyncio.wait({waker, *under_way}, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            waker.cancel()
        for task in [task for task in under_way if task.done()]:
            under_way.discard(task)
            if task.exception() is not None:
                log.error("attempt ended badly; its delivery will be unknown", exc_info=task.exception())
        return under_way

    async def _claim(self, count: int) -> list[Row]:
        return await self._store.write(lambda tx: delivery.claim(tx, count, LONGEST_SEND_SECONDS))

    async def _attempt(self, row: Row) -> None:
        try:
            account, message = await self._store.read(lambda tx: self._compose(tx, row))
        except HubError as error:
            await self._settle(delivery.settle_failed, row, error.message)
            return
        adapter = self._adapters[account.adapter]
        try:
            async with asyncio.timeout(adapter.capabilities.send_seconds):
                sent = await adapter.send(message, row.id)
        except ProviderUnavailable as error:
            wait = error.retry_after or _pause(row.attempt)
            await self._settle(delivery.settle_again, row, wait, error.message)
        except (AddressRejected, Unsupported) as error:
            await self._settle(delivery.settle_failed, row, error.message)
        except (OutcomeUnknown, TimeoutError, ChannelError) as error:
            await self._settle(delivery.settle_unknown, row, str(error) or "no answer in time")
        else:
            await self._settle(delivery.settle_sent, row, sent)

    def _compose(self, tx: Tx, row: Row) -> tuple[Account, OutboundMessage]:
        """The message as the adapter gets it, degraded to what its channel can carry."""
        entry = timeline.get(tx, row.entry_id)
        account = account_of(visitors.account(tx, row.account_id), self._sealer)
        to = identity.address(tx, row.address_id)
        conversation = conversations.get(tx, row.conversation_id)
        adapter = self._adapters.get(account.adapter)
        if adapter is None:
            raise NotFound(f"no channel named {account.adapter} is installed")
        if entry.files and not adapter.capabilities.files:
            raise Unsupported(
                "this channel carries no files; the customer got nothing of this message", capability="files"
            )
        text = degrade(entry.body, has_choices=adapter.capabilities.choices)
        return account, OutboundMessage(row.id, account, AddressValue(to.scheme, to.value), text, conversation.language)

    async def _settle(self, how: Any, row: Row, *details: Any) -> None:
        """Write down how an attempt ended, and keep trying while its lease holds: the end is known only here."""
        while True:
            try:
                await self._store.write(lambda tx: how(tx, row.id, row.attempt, *details))
                return
            except Unavailable:
                if self._store.clock.now() >= row.lease_until:
                    raise
                await asyncio.sleep(SETTLE_AGAIN_SECONDS)


def account_of(row: Row, sealer: Sealer) -> Account:
    """A channel account as adapters see it, with its secret opened."""
    secret = sealer.open(row.secret) if row.secret else ""
    return Account(row.id, row.channel, row.adapter, row.address, secret, row.settings)


def degrade(body: dict[str, Any], *, has_choices: bool) -> str:
    """The text of a message; buttons become a numbered list where the channel has none."""
    text = str(body.get("text", ""))
    choices = body.get("choices") or ()
    if has_choices or not choices:
        return text
    lines = [f"{number}. {choice['label']}" for number, choice in enumerate(choices, 1)]
    return "\n".join([text, *lines])


def _pause(attempt: int) -> float:
    return float(min(2**attempt, 300)) * random.uniform(0.5, 1.0)
