"""Feed kept requests again, once the program has learned to read them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from hub import inbound, visitors
from hub.errors import Invalid, PayloadUnreadable, TooLarge
from hub.logs import get_logger
from hub.models import RawInbound
from hub.models.base import table
from hub.ports import Inbound
from hub.runtime import Hub
from hub.sending import account_of
from hub.store import Tx
from hub.store.hot import Row

log = get_logger()
_raw = table(RawInbound)
PAGE = 100


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many requests were taken in, and how many are kept on because nobody can read them yet."""

    taken: int = 0
    still_unreadable: int = 0


async def replay(hub: Hub, raw_id: str | None = None) -> Replayed:
    """Feed one kept request, or all of them, oldest first.

    Doing it twice, or stopping in the middle, doubles nothing: what was taken before is known by its key.
    The signature was checked when the request came; it is too old to be checked again.

    Raises:
        NotFound: no request has this id.
    """
    taken = unreadable = 0
    if raw_id is not None:
        row = await hub.store.read(lambda tx: inbound.get(tx, raw_id))
        waiting = [row] if row.state == "kept" else []
        taken = await _feed_all(hub, waiting)
        return Replayed(taken, len(waiting) - taken)
    after = (0, "")
    while rows := await hub.store.read(lambda tx: _kept(tx, after)):  # noqa: B023 (run before the next turn)
        done = await _feed_all(hub, rows)
        taken, unreadable = taken + done, unreadable + len(rows) - done
        after = (rows[-1].received_at, rows[-1].id)
    return Replayed(taken, unreadable)


def _kept(tx: Tx, after: tuple[int, str]) -> list[Row]:
    moment, last_id = after
    later = (_raw.c.received_at > moment) | ((_raw.c.received_at == moment) & (_raw.c.id > last_id))
    rows = select(_raw).where(_raw.c.state == "kept", later).order_by(_raw.c.received_at, _raw.c.id)
    return tx.all(rows.limit(PAGE))


async def _feed_all(hub: Hub, rows: Sequence[Row]) -> int:
    done = 0
    for row in rows:
        if await _feed(hub, row):
            done += 1
    return done


async def _feed(hub: Hub, row: Row) -> bool:
    """Whether every fact of the request is taken now, by this or by an earlier turn."""
    account = await hub.store.read(lambda tx: visitors.account(tx, row.account_id))
    adapter = hub.adapters.get(account.adapter)
    if adapter is None:
        return False
    try:
        for fact in adapter.parse(account_of(account, hub.sealer), inbound.wire_of(row)):
            await _take(hub, account, fact)
    except (PayloadUnreadable, Invalid, TooLarge) as error:
        log.warning("kept request is still unreadable", raw=row.id, error=error.code)
        return False
    await hub.store.write(lambda tx: inbound.done(tx, row.id))
    return True


async def _take(hub: Hub, account: Row, fact: Inbound) -> None:
    await inbound.accept(hub, account, fact)
