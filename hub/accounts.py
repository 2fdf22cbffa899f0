"""Our ends of channels: widgets, webhooks, later numbers and mailboxes."""

from typing import Any

from hub.ids import new_id
from hub.models import ChannelAccount
from hub.models.base import table
from hub.store import Tx
from hub.store.hot import Row

_account = table(ChannelAccount)


def add(
    tx: Tx,
    *,
    channel: str,
    adapter: str,
    name: str,
    key: str,
    queue_id: str,
    flow: str = "",
    address: str = "",
    sealed_secret: str = "",
    settings: dict[str, Any] | None = None,
) -> Row:
    """Open an account. `key` is public and unique; `sealed_secret` comes from `hub.sealing`."""
    row = tx.first(
        _account.insert()
        .values(
            id=new_id("acc"),
            key=key,
            channel=channel,
            adapter=adapter,
            name=name,
            address=address,
            queue_id=queue_id,
            flow=flow,
            secret=sealed_secret,
            settings=settings or {},
            created_at=tx.now,
        )
        .returning(_account)
    )
    assert row is not None
    return row
