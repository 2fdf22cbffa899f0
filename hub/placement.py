"""Which conversation does an inbound message belong to?

An explicit reference (link, or the conversation on the customer's screen) goes first, then the open
conversation, then one resolved within the reopen window, then a new one.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from hub import access, availability, conversations, queues, timeline
from hub.clock import HOUR
from hub.models import Agent, Conversation
from hub.models.base import table
from hub.ports import SYSTEM, Actor
from hub.store import Hot, Tx
from hub.store.hot import Row

REOPEN_WINDOW = 72 * HOUR

_cnv, _agent = table(Conversation), table(Agent)
_OPEN = Hot(select(_cnv).where(_cnv.c.log_id == bindparam("log"), _cnv.c.status == "open").limit(100))
_BY_KEY = Hot(select(_cnv).where(_cnv.c.open_key == bindparam("key")))
_NAME = Hot(select(_agent.c.name).where(_agent.c.id == bindparam("agent")))
_RECENT = Hot(
    select(_cnv)
    .where(_cnv.c.log_id == bindparam("log"), _cnv.c.status == "resolved", _cnv.c.updated_at > bindparam("since"))
    .order_by(_cnv.c.updated_at.desc())
    .limit(5)
)


@dataclass(frozen=True, slots=True)
class Where:
    """What an arrival says about where it belongs: the account, and perhaps a link or a screen."""

    account: Row
    channel: str
    address_id: str
    language: str
    link: Row | None = None
    conversation_id: str | None = None


def place(tx: Tx, log_id: str, where: Where) -> tuple[Row, bool]:
    """The conversation, and whether it was opened just now. The log is held by the caller."""
    found = _shown(tx, log_id, where) or _open(tx, log_id, where)
    if found is not None:
        return found, False
    recent = _recent(tx, log_id, where)
    if recent is not None:
        return conversations.reopen(tx, recent.id, SYSTEM, _next_owner(tx, recent, where.account)), False
    return _open_new(tx, log_id, where), True


def bot_of(account: Row, language: str) -> Actor:
    """The bot that answers first on this account."""
    names = account.settings.get("bot_names", {})
    return Actor("bot", "bot", str(names.get(language) or names.get("en") or "Assistant"))


def _shown(tx: Tx, log_id: str, where: Where) -> Row | None:
    """The conversation the customer has before their eyes, if it is theirs and open."""
    if where.conversation_id is None:
        return None
    if where.conversation_id not in access.grants(tx, where.address_id):
        return None
    row = conversations.get(tx, where.conversation_id)
    return row if row.log_id == log_id and row.status == "open" else None


def _open(tx: Tx, log_id: str, where: Where) -> Row | None:
    if where.link is not None:
        return tx.one(_BY_KEY, key=_key(log_id, where))
    # One, or a few that came through links: sorting them in the database costs more than finding them.
    return max(tx.run(_OPEN, log=log_id), key=lambda row: row.updated_at, default=None)


def _recent(tx: Tx, log_id: str, where: Where) -> Row | None:
    link_id = where.link.id if where.link is not None else None
    for row in tx.run(_RECENT, log=log_id, since=tx.now - REOPEN_WINDOW):
        if link_id is None or row.link_id == link_id:
            return row
    return None


def _next_owner(tx: Tx, conversation: Row, account: Row) -> Actor:
    """Whoever had it last if they are there and have room; a bot stays a bot; else the queue."""
    if conversation.owner_kind == "bot":
        return bot_of(account, conversation.language)
    if (
        conversation.owner_kind == "agent"
        and availability.is_online(tx, conversation.owner_id)
        and availability.try_reserve(tx, conversation.owner_id)
    ):
        row = tx.one(_NAME, agent=conversation.owner_id)
        return Actor("agent", conversation.owner_id, row.name if row is not None else "")
    return queues.actor(queues.get(tx, conversation.queue_id), conversation.language)


def _open_new(tx: Tx, log_id: str, where: Where) -> Row:
    link, account = where.link, where.account
    queue = queues.get(tx, (link.queue_id if link is not None else None) or account.queue_id)
    flow = (link.flow if link is not None else "") or account.flow
    owner = bot_of(account, where.language) if flow else queues.actor(queue, where.language)
    origin: dict[str, Any] = {"kind": "link" if link is not None else where.channel}
    if link is not None:
        origin |= {"campaign": link.campaign, "label": link.label, "claimed": link.claimed, "flow": link.flow}
    row = conversations.open_new(
        tx,
        log_id,
        account=account,
        channel=where.channel,
        address_id=where.address_id,
        owner=owner,
        queue_id=queue.id,
        language=where.language,
        open_key=_key(log_id, where),
        topic=link.label if link is not None else "",
        origin=origin,
        link_id=link.id if link is not None else None,
    )
    if link is not None:
        body = {
            "code": "link_opened",
            "params": {"campaign": link.campaign, "label": link.label, "claimed": link.claimed},
        }
        timeline.append(tx, log_id, row.id, "system", body, author=SYSTEM, audience="staff", channel=where.channel)
    return row


def _key(log_id: str, where: Where) -> str:
    return conversations.key_of(log_id, where.link.id if where.link is not None else None)
