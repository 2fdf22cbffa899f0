"""Small look-ups for presentation: they change nothing and decide nothing."""

from sqlalchemy import select

from hub.models import ChannelAccount, Link
from hub.models.base import table
from hub.store import Tx
from hub.store.hot import Row

_account, _link = table(ChannelAccount), table(Link)


def widget_account(tx: Tx, key: str) -> Row | None:
    """The web chat account with this public key, unless it was switched off."""
    found = select(_account).where(_account.c.key == key, _account.c.channel == "chat")
    return tx.first(found.where(_account.c.disabled_at.is_(None)))


def link_by_code(tx: Tx, code: str) -> Row | None:
    """A link that still opens something, with the key of its widget (`account_key`) and language."""
    found = select(_link, _account.c.key.label("account_key")).join(_account, _account.c.id == _link.c.account_id)
    return tx.first(found.where(_link.c.code == code, _link.c.revoked_at.is_(None), _account.c.disabled_at.is_(None)))
