"""Customers' view: less than staff's, and never more. No ids of people, no reasons, nothing for staff only."""

from collections.abc import Sequence
from typing import Any

from hub.clock import to_text
from hub.store import Tx
from hub.store.hot import Row
from web.represent import shapes, staff

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
        shown["params"] = {name: value for name, value in shown.get("params", {}).items() if _is_plain(name, value)}
    if "to" in shown:
        shown["to"] = {"kind": shown["to"].get("kind"), "name": shown["to"].get("name")}
    return shown


def _is_plain(name: str, value: object) -> bool:
    """Names, places and times are for customers; ids and dispositions are ours."""
    return name not in ("id", "disposition") and not name.endswith("_id") and not isinstance(value, dict)
