"""The bot's turns: read what came in, in order, and apply what the flow answers.

A flow turn consumes inbound entries one by one in the transaction that writes its acts, so it
happens exactly once. The bot speaks only while it owns the conversation: from the moment of handoff
it is silent, because the same lock decides both.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Text, bindparam, select, type_coerce
from sqlalchemy.dialects.postgresql import insert

from hub import attachments, conversations, handoff, outbox, queues, replies, timeline
from hub.clock import MINUTE, SECOND
from hub.errors import NotFound
from hub.flows import acts, engine, match, runs, schema
from hub.ids import new_id
from hub.languages import ui_language
from hub.models import ChannelAccount, Entry, Flow, FlowRun
from hub.models.base import table
from hub.placement import bot_of
from hub.ports import Actor
from hub.store import Hot, HotUpdate, Tx
from hub.store.hot import Row

WELCOME = "welcome"
ABANDONED_AFTER = 15 * MINUTE
BATCH = 20
QUIET = 7 * SECOND // 10

_run, _flow, _entry, _account = table(FlowRun), table(Flow), table(Entry), table(ChannelAccount)

_text = type_coerce(_flow.c.data, Text).label("text")
_PUBLISHED = Hot(select(_flow.c.slug, _text).order_by(_flow.c.slug, _flow.c.version))
_VERSION = Hot(select(_text).where(_flow.c.slug == bindparam("slug"), _flow.c.version == bindparam("number")))
_ADD_RUN = Hot(insert(_run))
_SET_RUN = HotUpdate(_run)
_ACCOUNT = Hot(select(_account).where(_account.c.id == bindparam("account")))
_NEW = Hot(
    select(_entry)
    .where(
        _entry.c.conversation_id == bindparam("cnv"),
        _entry.c.direction == "in",
        _entry.c.kind == "message",
        _entry.c.ordered_at > bindparam("after"),
    )
    .order_by(_entry.c.ordered_at)
    .limit(BATCH)
)
_RUN = Hot(select(_run).where(_run.c.id == bindparam("run_id")))
_ACTIVE = Hot(select(_run).where(_run.c.conversation_id == bindparam("cnv"), _run.c.state == "active"))
_LAST = Hot(select(_run).where(_run.c.conversation_id == bindparam("cnv")).order_by(_run.c.started_at.desc()).limit(1))


def publish(tx: Tx, flow: schema.Flow) -> None:
    """Keep a version of a flow; a version that is there already stays as it is."""
    known = tx.first(select(_flow.c.slug).where(_flow.c.slug == flow.id, _flow.c.version == flow.version))
    if known is None:
        tx.do(
            _flow.insert().values(
                slug=flow.id, version=flow.version, data=flow.model_dump(mode="json"), published_at=tx.now
            )
        )


def published(tx: Tx) -> list[schema.Flow]:
    """The newest version of each flow, by id."""
    newest = {row.slug: row.text for row in tx.run(_PUBLISHED)}
    return [_parsed(text) for text in newest.values()]


@lru_cache(maxsize=256)
def _parsed(text: str) -> schema.Flow:
    """A stored version, read once: it never changes."""
    return schema.Flow.model_validate_json(text)


def name_of(tx: Tx, conversation: Row) -> str:
    """Which installed bot serves this conversation's account; empty for flows."""
    return str(_account_of(tx, conversation).settings.get("bot", ""))


def call(tx: Tx, conversation: Row) -> None:
    """The customer wrote to the bot: leave it the to-do of its kind."""
    if name_of(tx, conversation):
        outbox.set_timer(tx, "bot_turn", conversation.id, tx.now + QUIET)
    else:
        outbox.add(tx, "bot", conversation.id)


def turn(tx: Tx, conversation_id: str, _payload: dict[str, Any]) -> None:
    """Take the customer's new messages, one by one; runs as a to-do, in order per conversation."""
    conversation = conversations.hold(tx, conversation_id)
    last = tx.one(_LAST, cnv=conversation_id)
    consumed = last.consumed if last is not None else 0
    for entry in tx.run(_NEW, cnv=conversation_id, after=consumed):
        conversation = conversations.get(tx, conversation_id)
        if conversation.status != "open" or conversation.owner_kind != "bot":
            return
        _consume(tx, conversation, entry)


def give_up(tx: Tx, conversation_id: str, _payload: dict[str, Any]) -> None:
    """The bot failed again and again: people take over, with what it has collected."""
    conversation = conversations.hold(tx, conversation_id)
    if conversation.status == "open" and conversation.owner_kind == "bot":
        handoff.to_queue(tx, conversation, bot_for(tx, conversation), conversation.queue_id, reason="bot_failed")


def stop_flow(tx: Tx, conversation: Row) -> Actor:
    """Write what the flow has collected so far and stop it; gives the bot, for who hands over."""
    bot = bot_for(tx, conversation)
    row = tx.one(_ACTIVE, cnv=conversation.id)
    if row is not None:
        flow = _version(tx, row)
        step = engine.stop(flow, runs.RunState.model_validate(row.run["state"]))
        _apply(tx, conversation, bot, step.acts, flow)
        _save(tx, row.id, flow, step.run, row.consumed, state="abandoned")
    return bot


def bot_gone(tx: Tx, conversation_id: str, _payload: dict[str, Any]) -> None:
    """The conversation left the bot's hands or ended: what it had begun is shown as abandoned."""
    conversation = conversations.hold(tx, conversation_id)
    if conversation.owner_kind != "bot" or conversation.status != "open":
        stop_flow(tx, conversation)


def abandon(tx: Tx, run_id: str, payload: dict[str, Any]) -> None:
    """Nothing came for a while in the middle of a flow; staff see what was left. Runs as a timer."""
    row = tx.one(_RUN, run_id=run_id)
    if row is None:
        return
    conversation = conversations.hold(tx, row.conversation_id)
    row = tx.one(_RUN, run_id=run_id)
    if row is not None and row.state == "active" and row.updated_at == payload["updated_at"]:
        stop_flow(tx, conversation)


def _consume(tx: Tx, conversation: Row, entry: Row) -> None:
    bot = bot_for(tx, conversation)
    row = tx.one(_ACTIVE, cnv=conversation.id)
    if row is None:
        _begin(tx, conversation, bot, entry)
        return
    flow, run = _version(tx, row), runs.RunState.model_validate(row.run["state"])
    language = _language(conversation)
    if run.language != language:
        run = run.model_copy(update={"language": language})
    meant = match.match(published(tx), entry.body.get("text", ""), language) if flow.id == WELCOME else None
    if meant is not None and meant.id != WELCOME:
        _save(tx, row.id, flow, run.model_copy(update={"state": "done"}), entry.ordered_at)
        _start(tx, conversation, bot, meant, entry)
        return
    step = engine.consume(flow, run, _fact(tx, entry))
    _save(tx, row.id, flow, step.run, entry.ordered_at)
    _apply(tx, conversation, bot, step.acts, flow, entry)


def _begin(tx: Tx, conversation: Row, bot: Actor, entry: Row) -> None:
    """Choose a flow for a first message: the link's, the button's, by its words, else the welcome."""
    flows = published(tx)
    language = _language(conversation)
    by_id = {flow.id: flow for flow in flows}
    asked = str(entry.body.get("answers", {}).get("flow", ""))
    first = "" if _had_run(tx, conversation) else conversation.origin.get("flow", "")
    flow = (
        by_id.get(asked)
        or by_id.get(first)
        or match.match(flows, entry.body.get("text", ""), language)
        or by_id.get(WELCOME)
    )
    if flow is None:
        handoff.to_queue(tx, conversation, bot, conversation.queue_id, reason="no_flow")
        return
    _start(tx, conversation, bot, flow, entry)


def _start(tx: Tx, conversation: Row, bot: Actor, flow: schema.Flow, entry: Row) -> None:
    step = engine.start(flow, _language(conversation), entry.id)
    now = tx.now
    run_id = new_id("flw")
    tx.run(
        _ADD_RUN,
        id=run_id,
        conversation_id=conversation.id,
        flow=flow.id,
        version=flow.version,
        state="active",
        run={},
        consumed=entry.ordered_at,
        started_at=now,
        updated_at=now,
    )
    _save(tx, run_id, flow, step.run, entry.ordered_at)
    if not conversation.topic:
        conversation = conversations.change(
            tx, conversation.id, topic=schema.text_in(flow.title, step.run.language) if flow.id != WELCOME else ""
        )
    _apply(tx, conversation, bot, step.acts, flow, entry)


def _apply(
    tx: Tx, conversation: Row, bot: Actor, todo: tuple[acts.Act, ...], flow: schema.Flow, entry: Row | None = None
) -> None:
    """Write what a turn asks for, in its order; an act after a handover has nobody to act for."""
    for act in todo:
        match act:
            case acts.Say():
                speak(tx, conversation, bot, act, flow.id)
            case acts.Note():
                write_note(tx, conversation, bot, act.event, {**act.data, "title": _title(conversation, flow)})
            case acts.Form():
                fields = [vars_of(field) for field in act.fields]
                _append(tx, conversation, bot, "form", {"title": act.title, "fields": fields})
            case acts.Escalate():
                escalate(tx, conversation, bot, act)
                return
            case acts.Close():
                conversations.resolve(tx, conversation.id, bot, code="resolved")
                return
            case acts.Switch():
                following = next((f for f in published(tx) if f.id == act.flow), None)
                if following is not None and entry is not None:
                    _start(tx, conversation, bot, following, entry)
                    return


def escalate(tx: Tx, conversation: Row, bot: Actor, act: acts.Escalate) -> None:
    """Hand over to the queue the bot names, with its reasons and needs."""
    needs = tuple({"tag": n.tag, "label": n.label, "entry_id": n.entry_id} for n in act.needs)
    queue_id = conversation.queue_id
    if act.queue is not None:
        try:
            queue_id = queues.get(tx, act.queue).id
        except NotFound:  # a flow may name a queue this house does not have: its own queue takes it
            queue_id = conversation.queue_id
    handoff.to_queue(
        tx,
        conversations.get(tx, conversation.id),
        bot,
        queue_id,
        reason=act.reason,
        summary=act.summary,
        needs=needs,
    )


def speak(tx: Tx, conversation: Row, bot: Actor, act: acts.Say, flow: str = "") -> None:
    """Say something to the customer, with choices and the kind of answer awaited."""
    body: dict[str, Any] = {"text": act.text, "flow": flow}
    if act.choices:
        body["choices"] = [choice.as_json() for choice in act.choices]
    if act.ask is not None:
        body["ask"] = act.ask.as_json()
    replies.say(tx, conversation, bot, body)


def write_note(tx: Tx, conversation: Row, bot: Actor, event: str, data: Mapping[str, Any]) -> None:
    """Tell staff where the bot stands."""
    _append(tx, conversation, bot, "bot", {"event": event, **data})


def vars_of(field: acts.FormField) -> dict[str, Any]:
    """A form field as it stands in an entry's body."""
    return {
        "name": field.name,
        "label": field.label,
        "value": field.value,
        "entry_id": field.entry_id,
        "attachment_id": field.attachment_id,
    }


def _append(tx: Tx, conversation: Row, bot: Actor, kind: timeline.Kind, body: dict[str, Any]) -> None:
    timeline.append(
        tx, conversation.log_id, conversation.id, kind, body, author=bot, audience="staff", channel=conversation.channel
    )


def _save(tx: Tx, run_id: str, flow: schema.Flow, run: runs.RunState, consumed: int, state: str | None = None) -> None:
    """Keep the run and the view of it that briefs show."""
    done, steps = engine.progress(flow, run)
    card = engine.form(flow, run)
    view = {"title": card.title, "step": done, "steps": steps, "slots": [vars_of(field) for field in card.fields]}
    now = tx.now
    tx.set(
        _SET_RUN,
        run_id,
        state=state or run.state,
        run={"state": run.model_dump(mode="json"), "view": view},
        consumed=consumed,
        updated_at=now,
    )
    if run.state == "active":
        outbox.set_timer(tx, "flow_abandoned", run_id, now + ABANDONED_AFTER, {"updated_at": now})
    else:
        outbox.clear_timer(tx, "flow_abandoned", run_id)


def _version(tx: Tx, row: Row) -> schema.Flow:
    found = tx.one(_VERSION, slug=row.flow, number=row.version)
    if found is None:
        raise NotFound("the version of this flow is gone", flow=row.flow)
    return _parsed(found.text)


def _had_run(tx: Tx, conversation: Row) -> bool:
    return tx.one(_LAST, cnv=conversation.id) is not None


def bot_for(tx: Tx, conversation: Row) -> Actor:
    """The bot as the author of what it says here."""
    return bot_of(_account_of(tx, conversation), conversation.language)


def _account_of(tx: Tx, conversation: Row) -> Row:
    row = tx.one(_ACCOUNT, account=conversation.account_id)
    assert row is not None
    return row


def _language(conversation: Row) -> schema.Language:
    return ui_language(conversation.language) or "en"


def _title(conversation: Row, flow: schema.Flow) -> str:
    return schema.text_in(flow.title, _language(conversation)) or flow.id


def _fact(tx: Tx, entry: Row) -> runs.InboundFact:
    files = attachments.of_entries(tx, [entry.id]).get(entry.id, []) if entry.files else []
    today = datetime.fromtimestamp(entry.at / SECOND, UTC).date()
    answers = cast(dict[str, str], entry.body.get("answers", {}))
    return runs.InboundFact(
        entry.id,
        entry.body.get("text", ""),
        today,
        tuple(runs.AttachmentFact(f.id, f.media_type) for f in files),
        answers,
    )
