"""Customers' view: less than staff's, and never more. No ids of people, no reasons, nothing for staff only."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from hub import placement, queues
from hub.clock import to_text
from hub.models import Agent, ChannelAccount
from hub.models.base import table
from hub.store import Tx
from hub.store.hot import Row
from web.represent import shapes, staff
from web.represent.words import name_in, when_back

_agent, _account = table(Agent), table(ChannelAccount)

_OUR_ID = re.compile(r"[a-z]{3}_[0-9a-z]{26}")
KINDS = frozenset({"message", "status", "handoff"})
_SHOWN = {
    "message": ("text", "choices", "ask"),
    "status": ("code", "params"),
    "handoff": ("state", "to"),
}


def customer_entries(tx: Tx, rows: Sequence[Row]) -> list[shapes.CustomerEntry]:
    """Entries in the order given; what is not for customers is left out even if it was asked for."""
    rows = [row for row in rows if row.audience == "everyone" and row.kind in KINDS]
    files = staff.files_of(tx, rows)
    return [_entry(row, files.get(row.id, [])) for row in rows]


def customer_entry(tx: Tx, row: Row) -> shapes.CustomerEntry:
    """One entry, which must be for customers."""
    return customer_entries(tx, [row])[0]


def customer_attachment(row: Row) -> shapes.CustomerAttachment:
    """A file of their conversation."""
    return {
        "id": row.id,
        "name": row.name,
        "media_type": row.media_type,
        "bytes": row.bytes,
        "width": row.width,
        "height": row.height,
        "inline": bool(row.inline),
        "url": f"/widget/files/{row.id}",
    }


def customer_conversation(tx: Tx, row: Row) -> shapes.CustomerConversation:
    """Their conversation: with whom, and while they wait, where they stand."""
    queue, is_waiting = queues.get(tx, row.queue_id), row.owner_kind == "queue" and row.status == "open"
    return {
        "id": row.id,
        "version": row.version,
        "status": row.status,
        "with": {"kind": row.owner_kind, "name": _owner_name(tx, row, queue)},
        "queue": {
            "name": name_in(queue.names, row.language),
            "place": queues.place(tx, row) if is_waiting else None,
            "open": queues.is_open(queue.hours, tx.now),
            "text": when_back(queue.hours, tx.now, row.language),
            "wait_seconds": queues.expected_wait(tx, queue.id) if is_waiting else None,
        },
        "language": row.language,
        "agent_read_through": row.read_through or None,
        "ended_at": staff.moment(row.resolved_at),
    }


def _owner_name(tx: Tx, row: Row, queue: Row) -> str:
    if row.owner_kind == "queue":
        return name_in(queue.names, row.language)
    if row.owner_kind == "bot":
        account = tx.first(select(_account).where(_account.c.id == row.account_id))
        return placement.bot_of(account, row.language).name
    agent = tx.first(select(_agent.c.name).where(_agent.c.id == row.owner_id))
    return str(agent.name) if agent else ""


def _entry(row: Row, files: Sequence[Row]) -> shapes.CustomerEntry:
    is_own = row.direction == "in"
    return {
        "id": row.id,
        "conversation_id": row.conversation_id,
        "ordered_at": row.ordered_at,
        "revision": row.revised_at,
        "kind": row.kind,
        "direction": row.direction,
        "author": {"kind": row.author_kind, "name": row.author_name},
        "at": to_text(row.at),
        "body": _body(row.kind, row.body),
        "attachments": [customer_attachment(each) for each in files],
        # "read" follows from the conversation's agent_read_through: reading is no change of the entry
        "state": "accepted" if is_own else None,
        "client_key": row.client_key if is_own else None,
    }


def _body(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    shown = {name: body[name] for name in _SHOWN[kind] if name in body}
    if kind == "status":
        params = {name: _plain(value) for name, value in shown.get("params", {}).items()}
        shown["params"] = {name: value for name, value in params.items() if name != "disposition" and value is not None}
    if "to" in shown:
        shown["to"] = {"kind": shown["to"].get("kind"), "name": shown["to"].get("name")}
    return shown


def _plain(value: object) -> object:
    """Names, places and times are for customers; ids are ours."""
    if isinstance(value, dict):
        return _plain(value.get("name"))
    if isinstance(value, str) and _OUR_ID.fullmatch(value):
        return None
    return value
