"""From a provider's request to facts taken in; what cannot be read is kept raw and can be fed again."""

from collections.abc import Sequence

from sqlalchemy import select, update

from hub import intake
from hub.errors import Invalid, NotFound, PayloadUnreadable, TooLarge
from hub.ids import new_id
from hub.logs import get_logger
from hub.models import RawInbound
from hub.models.base import table
from hub.ports import Account, ChannelAdapter, Inbound, Outcome, WireRequest
from hub.store import Store, Tx
from hub.store.hot import Row

log = get_logger()
_raw = table(RawInbound)
MAX_ERROR = 500


async def take(
    store: Store, adapter: ChannelAdapter, row: Row, account: Account, wire: WireRequest
) -> Sequence[Outcome]:
    """Parse a request whose signature was verified, and accept each of its facts, committed one by one.

    A provider that sends the request again after a crash in the middle doubles nothing: each fact has
    its key. What is unreadable, or holds what we cannot take, is kept raw and alarmed about.

    Raises:
        Unavailable: the database is away; the provider must hear an error and come again.
    """
    try:
        facts = adapter.parse(account, wire)
    except PayloadUnreadable as error:
        return [await _keep(store, row, wire, error.message)]
    return [await _take_one(store, row, wire, fact) for fact in facts]


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


async def _take_one(store: Store, row: Row, wire: WireRequest, fact: Inbound) -> Outcome:
    try:
        return await store.write(lambda tx: intake.take_inbound(tx, row, fact))
    except (Invalid, TooLarge) as error:
        outcome = await _keep(store, row, wire, error.message)
        return Outcome(fact.external_id, outcome.result)


async def _keep(store: Store, row: Row, wire: WireRequest, error: str) -> Outcome:
    raw_id = await store.write(lambda tx: keep(tx, row.id, wire, error))
    log.error("inbound kept raw", raw=raw_id, account=row.id, channel=row.channel)
    return Outcome(raw_id, "kept")
