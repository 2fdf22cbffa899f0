"""Entries become rows: what is shown, folded, marked new and put together."""

from typing import Any

from tests.web.console.conftest import Run

ROWS = (
    'const { rowsOf } = await import("/console/rows.js");'
    "const conversations = new Map(given.conversations.map((c) => [c.id, c]));"
    "const rows = rowsOf(given.entries, { conversations, front: given.front, unfolded: new Set(given.unfolded ?? []),"
    " readBefore: given.read ?? null });"
    "return rows.map((r) => r.type === 'entry' ? r.entry.id : r.type + (r.folded ? ':folded' : ''))"
)
MINUTE = 60_000_000
START = 1_763_000_000_000_000


def conversation(name: str, status: str = "open") -> dict[str, Any]:
    return {"id": name, "status": status}


def entry(name: str, minute: int, kind: str = "message", who: str = "customer", **more: Any) -> dict[str, Any]:
    body = more.pop("body", {"text": name})
    at = START + minute * MINUTE
    author = {"kind": who, "id": who, "name": who}
    stamp = f"2025-11-13T02:{minute:02d}:00Z"
    base = {"id": name, "conversation_id": "now", "kind": kind, "channel": "chat", "ordered_at": at, "at": stamp}
    return {**base, "author": author, "direction": "in" if who == "customer" else "out", "body": body, **more}


async def test_a_resolved_conversation_is_folded_and_the_one_in_front_is_not(run: Run) -> None:
    old = [entry("a", 0, conversation_id="old"), entry("b", 1, conversation_id="old")]
    given = {
        "conversations": [conversation("old", "resolved"), conversation("now")],
        "entries": [*old, entry("c", 2)],
        "front": "now",
    }

    rows = await run(ROWS, given)

    assert rows == ["sep:folded", "sep", "c"]


async def test_the_mark_stands_before_the_first_message_that_was_not_read(run: Run) -> None:
    given = {
        "conversations": [conversation("now")],
        "entries": [entry("a", 0), entry("b", 1, who="agent"), entry("c", 2), entry("d", 3)],
        "front": "now",
        "read": START + MINUTE,
    }

    rows = await run(ROWS, given)

    assert rows == ["sep", "a", "b", "new", "c", "d"]


async def test_questions_and_answers_fold_away_above_their_form(run: Run) -> None:
    asked = {"text": "?", "ask": {"type": "text", "slot": "printed"}}
    form = {"title": "Card", "fields": [{"name": "printed", "label": "Printed", "value": "x", "entry_id": "a"}]}
    given = {
        "conversations": [conversation("now")],
        "entries": [
            entry("q", 0, who="bot", body=asked),
            entry("a", 1),
            entry("f", 2, kind="form", who="bot", body=form, direction=None),
            entry("said", 3),
        ],
        "front": "now",
    }

    folded = await run(ROWS, given)
    opened = await run(ROWS, {**given, "unfolded": ["f"]})

    assert folded == ["sep", "fold", "f", "said"]
    assert opened == ["sep", "fold", "q", "a", "f", "said"]


async def test_a_handoff_is_one_line_however_many_entries_tell_of_it(run: Run) -> None:
    def about(name: str, minute: int, state: str) -> dict[str, Any]:
        body = {"state": state, "handoff_id": "h"}
        return entry(name, minute, kind="handoff", who="agent", body=body, direction=None)

    given = {
        "conversations": [conversation("now")],
        "entries": [about("asked", 0, "requested"), about("took", 1, "accepted"), about("read", 2, "acknowledged")],
        "front": "now",
    }

    rows = await run(ROWS, given)

    assert rows == ["sep", "asked"]
