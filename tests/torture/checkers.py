"""Judges of a run: each compares the history with what is stored and names every fault in a sentence."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from tests.torture.history import Event
from tests.torture.stored import Entry, Stored

Faults = list[str]


def ledger(history: Sequence[Event]) -> dict[str, int]:
    """What was acknowledged, and when first: an HTTP 2xx that says taken, an ack that says ok."""
    first: dict[str, int] = {}
    for event in history:
        if event["event"] == "acknowledged":
            first.setdefault(event["id"], event["t"])
    return first


def first_tries(history: Sequence[Event]) -> dict[str, int]:
    """When each message was sent for the first time."""
    first: dict[str, int] = {}
    for event in history:
        if event["event"] == "sent":
            first.setdefault(event["id"], event["t"])
    return first


def check_messages(history: Sequence[Event], stored: Stored) -> Faults:
    """Every acknowledged message is stored once, none is lost, doubled or invented; each sender's order holds."""
    entries = [each for each in stored.entries if each.key is not None and each.kind == "message"]
    times = Counter(each.key for each in entries)
    sent, acknowledged = first_tries(history), ledger(history)
    faults = [f"lost: {id} was acknowledged and is not stored" for id in acknowledged if not times[id]]
    faults += [f"doubled: {id} is stored {count} times" for id, count in times.items() if count > 1]
    faults += [f"invented: {id} was never sent" for id in times if id not in sent]
    return faults + _check_order(entries, sent, acknowledged)


def _check_order(entries: Iterable[Entry], sent: dict[str, int], acknowledged: dict[str, int]) -> Faults:
    """Whoever was acknowledged before another was even sent stands before it."""
    faults = []
    by_author: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        by_author.setdefault((entry.log, entry.author_id), []).append(entry)
    for written in by_author.values():
        written.sort(key=lambda each: each.position)
        latest_start, latest = -1, ""
        for entry in written:
            key = str(entry.key)
            if acknowledged.get(key, 2**63) < latest_start:
                faults.append(f"order: {key} was acknowledged before {latest} was sent and stands behind it")
            if sent.get(key, -1) > latest_start:
                latest_start, latest = sent.get(key, -1), key
    return faults


def check_logs(stored: Stored) -> Faults:
    """Positions and revisions of each log are as promised, so that readers can trust their cursors."""
    faults = []
    for log, entries in stored.by_log().items():
        positions, revisions = [each.position for each in entries], [each.revision for each in entries]
        if len(set(positions)) != len(positions) or len(set(revisions)) != len(revisions):
            faults.append(f"{log}: a position or revision is given twice")
        if max(revisions) != stored.counters[log]:
            faults.append(f"{log}: the counter stands at {stored.counters[log]}, the newest change at {max(revisions)}")
        if positions == revisions and positions != list(range(1, len(positions) + 1)):
            faults.append(f"{log}: the positions have a gap")
        if any(one.ordered_at >= other.ordered_at for one, other in pairwise(entries)):
            faults.append(f"{log}: the order by time is not the order by position")
    return faults


def check_rest(stored: Stored) -> Faults:
    """The file is sound, nothing is stuck, everybody has one open conversation and every one an owner."""
    faults = [] if stored.integrity == "ok" else [f"integrity_check: {stored.integrity}"]
    faults += [f"left over: {count} {name}" for name, count in stored.leftovers.items() if count]
    is_open = Counter(each.log for each in stored.conversations if each.status == "open")
    faults += [f"{log} has {count} open conversations" for log, count in is_open.items() if count > 1]
    faults += [f"{each.id} has no owner" for each in stored.conversations if not each.owner_id or not each.owner_kind]
    live = Counter(each["conversation_id"] for each in stored.offers if each["state"] == "live")
    return faults + [f"{id} rings {count} times" for id, count in live.items() if count > 1]


def check_sends(taken: Sequence[dict[str, Any]], stored: Stored) -> Faults:
    """No customer got anything twice; what the provider has not seen is not called sent."""
    times = Counter(str(each["delivery_id"]) for each in taken)
    known = {each["id"]: each for each in stored.deliveries}
    faults = [f"sent twice: {id} ({count} times)" for id, count in times.items() if count > 1]
    faults += [f"sent, but not in the ledger: {id}" for id in times if id not in known]
    said = [each for each in stored.deliveries if each["channel"] == "loopback"]
    return faults + [
        f"{each['id']} is called {each['state']}, and the provider never saw it"
        for each in said
        if each["state"] in ("sent", "delivered", "read") and not times[each["id"]]
    ]


def check_view(name: str, shown: Sequence[Event], expected: Sequence[Entry]) -> Faults:
    """A screen shows each entry once, in the stored order, as it is stored now."""
    ids, wanted = [each["id"] for each in shown], [each.id for each in expected]
    faults = [f"{name} shows {id} {count} times" for id, count in Counter(ids).items() if count > 1]
    faults += [f"{name} does not show {id}" for id in wanted if id not in set(ids)]
    faults += [f"{name} shows {id}, which is not there" for id in ids if id not in set(wanted)]
    if not faults and ids != wanted:
        faults.append(f"{name} shows another order than the database has")
    texts = {each.id: each.body.get("text") for each in expected if each.kind == "message"}
    changed = [each["id"] for each in shown if each["id"] in texts and each["body"].get("text") != texts[each["id"]]]
    return faults + [f"{name} shows {id} with other words" for id in changed]


def check_races(history: Sequence[Event], stored: Stored, within: float = 1.0) -> Faults:
    """One winner each; the others hear 409 with the winner's name; one assignment in audit and timeline."""
    races: dict[str, list[Event]] = {}
    for event in history:
        if event["event"] == "answered":
            races.setdefault(event["conversation"], []).append(event)
    faults = []
    for conversation, answers in races.items():
        winners = {event["agent"] for event in answers if event["won"]}
        if len(winners) != 1:
            faults.append(f"{conversation} has {len(winners)} winners")
            continue
        winner = next(iter(winners))
        losers = [event for event in answers if not event["won"]]
        faults += [_check_loser(conversation, event, winner, within) for event in losers]
        faults += _check_assignment(conversation, winner, stored)
    return [fault for fault in faults if fault]


def _check_loser(conversation: str, event: Event, winner: str, within: float) -> str:
    if event["code"] != "already_accepted":
        return f"{conversation}: a loser heard {event['code']}"
    if event["winner"] != winner:
        return f"{conversation}: a loser heard that {event['winner']} won"
    return "" if event["seconds"] <= within else f"{conversation}: a loser heard it after {event['seconds']:.2f} s"


def _check_assignment(conversation: str, winner: str, stored: Stored) -> Faults:
    faults = []
    noted = [
        each for each in stored.audit if each["object_id"] == conversation and each["action"] in ("take", "accept")
    ]
    if {each["actor_id"] for each in noted} != {winner}:
        faults.append(f"{conversation}: the audit names {sorted({each['actor_id'] for each in noted})}")
    handed = [each for each in stored.of_conversation(conversation) if each.kind == "handoff"]
    accepted = [each for each in handed if each.body["state"] == "accepted"]
    if [each.author_id for each in accepted] != [winner]:
        faults.append(f"{conversation}: the timeline has {len(accepted)} acceptances")
    return faults


def check_chain(conversation: str, stored: Stored) -> Faults:
    """Owners follow each other without a gap; only the owner speaks; the bot is silent once it handed over."""
    owner = ("bot", "bot")
    faults: Faults = []
    handed_over = False
    for entry in stored.of_conversation(conversation):
        speaker = (entry.author_kind, entry.author_id)
        if entry.kind == "handoff":
            owner, more = _follow(conversation, entry, owner)
            handed_over, faults = True, faults + more
        elif entry.kind == "message" and entry.direction == "out":
            if entry.author_kind == "bot" and handed_over:
                faults.append(f"{conversation}: the bot spoke after the handoff")
            if speaker != owner:
                faults.append(f"{conversation}: {speaker[1]} spoke while {owner[1]} owned it")
    return faults


def _follow(conversation: str, entry: Entry, owner: tuple[str, str]) -> tuple[tuple[str, str], Faults]:
    body = entry.body
    if body["state"] == "requested":
        said = (body["from"]["kind"], body["from"]["id"])
        faults = [] if said == owner else [f"{conversation}: handed over by {said[1]}, owned by {owner[1]}"]
        return ((body["to"]["kind"], body["to"]["id"]) if body["to"]["kind"] == "queue" else owner), faults
    if body["state"] == "accepted":
        return (entry.author_kind, entry.author_id), []
    return owner, []
