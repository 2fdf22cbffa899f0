"""From a provider's request to facts taken in; what cannot be read is kept raw and can be fed again."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import select, update

from hub import attachments, intake
from hub.errors import Invalid, NotFound, PayloadUnreadable, TooLarge, UnsupportedMedia
from hub.files import FileFacts, display_name
from hub.ids import new_id
from hub.logs import get_logger
from hub.models import RawInbound
from hub.models.base import table
from hub.ports import (
    Account,
    Actor,
    ChannelAdapter,
    Inbound,
    InboundFile,
    InboundMessage,
    Outcome,
    WireRequest,
)
from hub.runtime import Hub
from hub.store import Store, Tx
from hub.store.hot import Row

log = get_logger()
_raw = table(RawInbound)
MAX_ERROR = 500


async def take(hub: Hub, adapter: ChannelAdapter, row: Row, account: Account, wire: WireRequest) -> Sequence[Outcome]:
    """Parse a request whose signature was verified, and accept each of its facts, committed one by one.

    A provider that sends the request again after a crash in the middle doubles nothing: each fact has
    its key. What is unreadable, or holds what we cannot take, is kept raw and alarmed about.

    Raises:
        Unavailable: the database is away; the provider must hear an error and come again.
    """
    try:
        facts = adapter.parse(account, wire)
    except PayloadUnreadable as error:
        return [await _keep(hub.store, row, wire, error.message)]
    return [await _take_one(hub, row, wire, fact) for fact in facts]


async def accept(hub: Hub, row: Row, fact: Inbound) -> Outcome:
    """Take in one parsed fact of a channel account, with its files, or find that it was taken before.

    Raises: Invalid, TooLarge (what no store can carry), Unavailable.
    """
    if not isinstance(fact, InboundMessage) or not fact.files:
        return await hub.store.write(intake.taking(row, fact))
    inspected = [await _inspected(hub, file) for file in fact.files]
    kept = [(facts, await hub.blobs.put(facts.data)) for facts in inspected]
    owner = Actor("customer", f"{row.id}:{fact.external_id}", fact.sender_name)

    def write(tx: Tx) -> None:
        ids = [attachments.keep(tx, owner, facts, blob=blob, sha256=_sha256(facts)).id for facts, blob in kept]
        arrival = intake.Arrival(
            account=row,
            address=fact.sender,
            text=fact.text,
            name=fact.sender_name,
            external_id=fact.external_id,
            files=ids,
            at=fact.at,
            upload_owner=owner.id,
        )
        if intake.accept(tx, arrival).is_repeat:
            raise _TakenBefore

    try:
        await hub.store.write(write)
    except _TakenBefore:
        for _, blob in kept:
            await hub.blobs.delete(blob)
        return Outcome(fact.external_id, "repeated")
    return Outcome(fact.external_id, "taken")


def keep(tx: Tx, account_id: str, wire: WireRequest, error: str) -> str:
    """Keep what the wire said, with why it was not taken."""
    raw_id = new_id("raw")
    tx.do(
        _raw.insert().values(
            id=raw_id,
            account_id=account_id,
            method=wire.method,
            url=wire.url,
            headers=dict(wire.headers),
            body=wire.body,
            error=error[:MAX_ERROR] or "unreadable",
            state="kept",
            received_at=wire.received_at,
        )
    )
    return raw_id


def kept(tx: Tx, limit: int = 100) -> list[Row]:
    """Requests that wait for somebody to feed them again, oldest first."""
    return tx.all(select(_raw).where(_raw.c.state == "kept").order_by(_raw.c.received_at).limit(limit))


def get(tx: Tx, raw_id: str) -> Row:
    """One kept request. Raises NotFound."""
    row = tx.first(select(_raw).where(_raw.c.id == raw_id))
    if row is None:
        raise NotFound("no such request")
    return row


def done(tx: Tx, raw_id: str) -> None:
    """It was fed again and taken."""
    tx.do(update(_raw).where(_raw.c.id == raw_id).values(state="replayed", error=""))


def wire_of(row: Row) -> WireRequest:
    """A kept request as it came."""
    return WireRequest(row.method, row.url, row.headers, bytes(row.body), row.received_at)


class _TakenBefore(Exception):
    pass


async def _inspected(hub: Hub, file: InboundFile) -> FileFacts:
    """The file as we keep it; one that cannot be shown is still the customer's, to be downloaded."""
    try:
        return await hub.files.inspect(file.name, file.data)
    except (TooLarge, UnsupportedMedia):
        name = display_name(file.name)
        return FileFacts(name, "application/octet-stream", file.data, width=None, height=None, inline=False)


def _sha256(facts: FileFacts) -> str:
    return hashlib.sha256(facts.data).hexdigest()


async def _take_one(hub: Hub, row: Row, wire: WireRequest, fact: Inbound) -> Outcome:
    try:
        return await accept(hub, row, fact)
    except (Invalid, TooLarge) as error:
        outcome = await _keep(hub.store, row, wire, error.message)
        return Outcome(fact.external_id, outcome.result)


async def _keep(store: Store, row: Row, wire: WireRequest, error: str) -> Outcome:
    raw_id = await store.write(lambda tx: keep(tx, row.id, wire, error))
    log.error("inbound kept raw", raw=raw_id, account=row.id, channel=row.channel)
    return Outcome(raw_id, "kept")
