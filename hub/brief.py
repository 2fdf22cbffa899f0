"""The brief: what the next person must know, before they answer.

A brief never copies context. `gather` keeps points (entry, field), `render` reads them again, so
that a redacted entry is redacted in every brief (law 3). Both look at a window of the conversation,
not at the whole history, so their cost does not grow with it.
"""

import hashlib
import json
from typing import Any

from sqlalchemy import bindparam, select

from hub import attachments, identity, timeline
from hub.clock import to_text
from hub.models import FlowRun
from hub.models.base import table
from hub.store import Hot, Tx
from hub.store.hot import Row

WINDOW = 80
SNIPPET = 280

FACTS = ("message", "form", "note", "consent", "verification")

_run = table(FlowRun)
_RUN = Hot(select(_run).where(_run.c.id == bindparam("run_id")))
_LATEST_RUN = Hot(
    select(_run.c.id).where(_run.c.conversation_id == bindparam("cnv")).order_by(_run.c.started_at.desc()).limit(1)
)

OPENINGS = {
    "en": {
        "flow": "I have read everything you told us about ‘{title}’. Shall we go on from there?",
        "plain": "I have read what you wrote. Let me help you with it.",
    },
    "zh-Hans": {
        "flow": "关于‘{title}’，您说过的我都看到了，我们接着办，好吗？",
        "plain": "您写的内容我都看过了，我来帮您处理。",
    },
    "zh-Hant": {
        "flow": "關於『{title}』，您說過的我都看到了，我們接著辦，好嗎？",
        "plain": "您寫的內容我都看過了，我來幫您處理。",
    },
}
UPSET = (
    "!!",
    "！！",
    "angry",
    "ridiculous",
    "unacceptable",
    "complain",
    "terrible",
    "again and again",
    "投诉",
    "投訴",
    "生气",
    "生氣",
    "太差",
    "急死",
    "气死",
    "氣死",
)


def read(tx: Tx, conversation_id: str, *, through: int = timeline.NEWEST - 1) -> list[Row]:
    """The window of a conversation that briefs and digests are made of."""
    return timeline.window(tx, conversation_id, before=through + 1, limit=WINDOW)


def gather(
    tx: Tx, conversation_id: str, entries: list[Row], *, needs: tuple[dict[str, Any], ...] = ()
) -> dict[str, Any]:
    """The points of a brief: which entries say what is wanted, tried and given."""
    wants: list[dict[str, Any]] = []
    tried: list[dict[str, Any]] = []
    given: list[dict[str, Any]] = []
    form = None
    for entry in entries:
        if entry.kind == "form":
            form = entry
        elif (entry.kind == "handoff" and entry.body["state"] == "requested") or (
            entry.kind == "bot" and entry.body["event"] in ("flow_started", "flow_abandoned")
        ):
            tried.append({"entry_id": entry.id})
        elif entry.direction == "in" and entry.kind == "message":
            if not wants and entry.body.get("text"):
                wants.append({"entry_id": entry.id})
            if entry.files:
                given.append({"entry_id": entry.id, "files": True})
    if form is not None:
        given[:0] = [{"entry_id": form.id, "field": f["name"]} for f in form.body["fields"]]
    return {
        "wants": wants,
        "tried": tried[-6:],
        "given": given[-12:],
        "needs": list(needs),
        "flow_run": _latest_run(tx, conversation_id),
    }


def render(tx: Tx, request: Row, conversation: Row) -> dict[str, Any]:
    """The brief as a screen shows it, read from the entries it points at."""
    points = request.brief
    ids = {p["entry_id"] for part in ("wants", "tried", "given", "needs") for p in points[part] if p.get("entry_id")}
    entries = timeline.some(tx, ids)
    files = attachments.of_entries(tx, [entry.id for entry in entries.values() if entry.files])
    customer = identity.customer(tx, conversation.log_id)
    flow = _flow(tx, points.get("flow_run"))
    return {
        "handoff_id": request.id,
        "as_of": request.as_of,
        "conversation_id": conversation.id,
        "customer": {
            "id": customer.id,
            "name": customer.name,
            "language": customer.language,
            "tier": customer.tier,
            "proof": _proof(tx, conversation),
        },
        "language": conversation.language,
        "summary": request.summary,
        "reason": request.reason,
        "waited_since": to_text(request.requested_at),
        "wants": [_said(entries[p["entry_id"]]) for p in points["wants"]],
        "tried": [_tried(entries[p["entry_id"]]) for p in points["tried"]],
        "given": [g for p in points["given"] for g in _given(p, entries[p["entry_id"]], files)],
        "needs": [{"tag": n["tag"], "label": n["label"], "entry_id": n.get("entry_id")} for n in points["needs"]],
        "flow": flow,
        "opening": opening(conversation.language, flow["title"] if flow else ""),
        "mood": _mood(entries.values()),
        "promises": [],
        "verification": None,
        "acknowledged_at": to_text(request.acknowledged_at) if request.acknowledged_at else None,
        "digest": request.digest,
    }


def digest(entries: list[Row]) -> str:
    """SHA-256 over what was said, given and collected in these entries.

    Files stand in it by their entry, whose attachments never change. Equal digests at each stage of
    a handoff prove that nothing got lost on the way.
    """
    hasher = hashlib.sha256()
    for entry in entries:
        if entry.kind in FACTS:
            fact = [entry.id, entry.kind, entry.author_id, entry.body, entry.files]
            hasher.update(json.dumps(fact, sort_keys=True, ensure_ascii=False).encode())
    return hasher.hexdigest()


def digest_now(tx: Tx, request: Row) -> str:
    """The digest of what a request pointed at, read again: equal to `request.digest` unless redacted."""
    ((log_id, position),) = request.as_of.items()
    (last,) = timeline.page(tx, log_id, before=position + 1, limit=1)
    return digest(read(tx, request.conversation_id, through=last.ordered_at))


def opening(language: str, title: str) -> str:
    """A first sentence that discloses nothing beyond what this customer said in this conversation."""
    words = OPENINGS.get(language, OPENINGS["en"])
    return words["flow"].format(title=title) if title else words["plain"]


def _latest_run(tx: Tx, conversation_id: str) -> str | None:
    row = tx.one(_LATEST_RUN, cnv=conversation_id)
    return str(row.id) if row is not None else None


def _flow(tx: Tx, run_id: str | None) -> dict[str, Any] | None:
    row = tx.one(_RUN, run_id=run_id) if run_id else None
    if row is None:
        return None
    view = row.run.get("view", {})
    return {
        "flow": row.flow,
        "title": view.get("title", row.flow),
        "step": view.get("step", 0),
        "steps": view.get("steps", 0),
        "slots": view.get("slots", []),
        "state": row.state,
    }


def _proof(tx: Tx, conversation: Row) -> str:
    if conversation.address_id is None:
        return "anonymous"
    scheme = identity.address(tx, conversation.address_id).scheme
    if scheme == "visitor":
        return "claimed" if conversation.origin.get("claimed") else "anonymous"
    return "proven" if scheme == "user" else "claimed"


def _said(entry: Row) -> dict[str, Any]:
    return {
        "label": "said",
        "text": str(entry.body.get("text", ""))[:SNIPPET],
        "entry_id": entry.id,
        "at": to_text(entry.at),
    }


def _tried(entry: Row) -> dict[str, Any]:
    body = entry.body
    if entry.kind == "bot":
        text = str(body.get("title") or body.get("flow", ""))
        return {"label": body["event"], "text": text, "entry_id": entry.id, "at": to_text(entry.at)}
    return {
        "label": "handed_over",
        "text": body["to"]["name"],
        "from": body["from"]["name"],
        "reason": body.get("reason", ""),
        "entry_id": entry.id,
        "at": to_text(entry.at),
    }


def _given(point: dict[str, Any], entry: Row, files: dict[str, list[Row]]) -> list[dict[str, Any]]:
    if "field" in point:
        found = [f for f in entry.body.get("fields", ()) if f["name"] == point["field"]]
        return [
            {
                "label": f["label"],
                "text": f["value"],
                "entry_id": f.get("entry_id") or entry.id,
                "attachment_id": f.get("attachment_id"),
            }
            for f in found
        ]
    return [
        {"label": "file", "text": f.name, "entry_id": entry.id, "attachment_id": f.id, "inline": bool(f.inline)}
        for f in files.get(entry.id, ())
    ]


def _mood(entries: Any) -> str | None:
    """A hint from words and marks alone, never presented as a fact."""
    texts = [str(e.body.get("text", "")).casefold() for e in entries if e.direction == "in"]
    if not texts:
        return None
    return "upset" if any(mark in text for text in texts for mark in UPSET) else "calm"
