"""A screen that listened equals a screen that reloaded: the rules of the log store."""

from typing import Any

from tests.web.console.conftest import Run

START = (
    'const m = await import("/shared/store.js"); const ids = (log) => log.order.map((e) => e.id + ":" + e.revision);'
)


def entry(name: str, at: int, revision: int, position: int = 0) -> dict[str, Any]:
    return {"id": name, "ordered_at": at, "revision": revision, "position": position or at}


def event(resource: dict[str, Any], previous: int | None) -> dict[str, Any]:
    return {"type": "entry", "resource": resource, "revision": resource["revision"], "previous": previous}


async def test_the_higher_revision_wins_whatever_comes_first(run: Run) -> None:
    given = [entry("a", 1, 5), entry("a", 1, 3), entry("b", 2, 4), entry("b", 2, 6)]

    seen = await run(START + "return ids(m.upsert(m.emptyLog(), given))", given)

    assert seen == ["a:5", "b:6"]


async def test_an_event_after_a_gap_is_left_for_the_fetch(run: Run) -> None:
    given = {"page": [entry("a", 1, 1)], "event": event(entry("c", 3, 3), previous=2)}

    seen = await run(
        START + "const log = m.withNewest(m.emptyLog(), given.page, 'cus_x:1', false);"
        "const next = m.withEvent(log, given.event); return [next.gap, ids(next.log), next.log.cursor]",
        given,
    )

    assert seen == [True, ["a:1"], 1]


async def test_events_in_line_move_the_cursor(run: Run) -> None:
    given = {"page": [entry("a", 1, 1)], "event": event(entry("b", 2, 2), previous=1)}

    seen = await run(
        START + "const log = m.withNewest(m.emptyLog(), given.page, 'cus_x:1', false);"
        "const next = m.withEvent(log, given.event); return [next.gap, ids(next.log), next.log.cursor]",
        given,
    )

    assert seen == [False, ["a:1", "b:2"], 2]


async def test_a_repeated_or_old_event_changes_nothing(run: Run) -> None:
    given = {"page": [entry("a", 1, 4)], "event": event(entry("a", 1, 2), previous=1)}

    seen = await run(
        START + "const log = m.withNewest(m.emptyLog(), given.page, 'cus_x:4', false);"
        "const next = m.withEvent(log, given.event); return [ids(next.log), next.log.cursor]",
        given,
    )

    assert seen == [["a:4"], 4]


async def test_what_changes_above_the_loaded_pages_waits_for_its_page(run: Run) -> None:
    given = {
        "newest": [entry("d", 4, 4), entry("e", 5, 5)],
        "event": event(entry("b", 2, 6), previous=5),
        "older": [entry("a", 1, 1), entry("b", 2, 2), entry("c", 3, 3)],
    }

    before, after, cursor = await run(
        START + "let log = m.withNewest(m.emptyLog(), given.newest, 'cus_x:5', true);"
        "log = m.withEvent(log, given.event).log; const before = ids(log);"
        "log = m.withOlder(log, given.older, false); return [before, ids(log), log.cursor]",
        given,
    )

    assert before == ["d:4", "e:5"]
    assert after == ["a:1", "b:6", "c:3", "d:4", "e:5"]
    assert cursor == 6


async def test_however_many_events_are_lost_the_fetch_brings_the_same_screen(run: Run) -> None:
    facts = [entry("a", 1, 1), entry("b", 2, 2), entry("a", 1, 3), entry("c", 3, 4), entry("b", 2, 5)]
    events = [event(fact, previous=fact["revision"] - 1) for fact in facts]

    for lost in (set[int](), {3}, {2, 3}, {2, 3, 4, 5}):
        seen = await run(
            START + "let log = m.withNewest(m.emptyLog(), [], 'cus_x:0', false); let gap = false;"
            "for (const one of given.events) { const next = m.withEvent(log, one); log = next.log; gap ||= next.gap; }"
            "const missed = given.facts.filter((fact) => fact.revision > log.cursor);"
            "if (gap || given.quiet) log = m.withChanges(log, missed, 'cus_x:5'); return [ids(log), log.cursor]",
            {"facts": facts, "events": [e for e in events if e["revision"] not in lost], "quiet": len(lost) == 4},
        )

        assert seen == [["a:3", "b:5", "c:4"], 5]


async def test_conversations_keep_the_newer_version(run: Run) -> None:
    given = [{"id": "x", "version": 2}, {"id": "x", "version": 1}, {"id": "y", "version": 1}]

    seen = await run(START + "return [...m.newest(new Map(), given).values()].map((c) => c.id + c.version)", given)

    assert seen == ["x2", "y1"]
