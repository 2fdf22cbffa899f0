"""The flow engine: pure, bounded, and without exceptions for whatever a customer writes.

A turn takes one inbound entry, walks at most `MAX_NODES_PER_TURN` nodes and gives the new run
with the acts to apply. What it cannot do becomes an `Escalate`. The same flow, run and message
always give the same step.
"""

from decimal import Decimal, InvalidOperation

from hub.flows.acts import (
    Act,
    AskFor,
    AskType,
    Choice,
    Close,
    Escalate,
    EscalateCode,
    Form,
    FormField,
    Need,
    Note,
    NoteEvent,
    Say,
    Switch,
)
from hub.flows.answers import Answer, display, mask, photo_of, read
from hub.flows.runs import InboundFact, RunState, Slot, Step
from hub.flows.schema import (
    AskNode,
    BranchNode,
    Case,
    ChoiceNode,
    CloseNode,
    Flow,
    FlowNode,
    HandOverNode,
    Language,
    SayNode,
    Text,
    questions,
    text_in,
)
from hub.flows.wording import (
    AGAIN,
    BOT_FAILED,
    CANNOT_ANSWER,
    COLON,
    HANDING_OVER,
    SEMICOLON,
    TOO_MANY_TRIES,
    fill,
)

MAX_NODES_PER_TURN = 20


def start(flow: Flow, language: Language, origin: str | None = None) -> Step:
    """Begin the flow. `origin` is the entry that triggered it."""
    run = RunState(flow_id=flow.id, version=flow.version, language=language, node=flow.start, origin=origin)
    return _walk(flow, run, [_note("flow_started", flow, run)])


def consume(flow: Flow, run: RunState, message: InboundFact) -> Step:
    """Take one inbound entry. A run that is no longer active is returned unchanged, no acts."""
    if run.state != "active":
        return Step(run, ())
    run = run.model_copy(update={"consumed": run.consumed + 1})
    if (flow.id, flow.version) != (run.flow_id, run.version):
        return _fail(flow, run, [], "wrong_version")
    node = flow.nodes.get(run.node)
    if not isinstance(node, AskNode | ChoiceNode):
        return _fail(flow, run, [], "broken_flow")
    reading = read(node, message, run.language)
    if isinstance(reading, Answer):
        return _take(flow, run, node, reading, message)
    if reading == "cannot" and isinstance(node, AskNode) and (node.cannot or node.optional):
        return _walk(flow, _at(run, node.cannot or node.next), [])
    if reading == "cannot" and isinstance(node, AskNode):
        return _fail(flow, run, [], "cannot_answer", node)
    return _again(flow, run, node, message)


def stop(flow: Flow, run: RunState) -> Step:
    """End an active run from outside (abandoned, conversation over): state "closed"."""
    if run.state != "active":
        return Step(run, ())
    run = run.model_copy(update={"state": "closed"})
    return Step(run, (_note("flow_abandoned", flow, run), *_card(flow, run)))


def form(flow: Flow, run: RunState, language: Language | None = None) -> Form:
    """What was collected so far, labels in the given language (default: the run's)."""
    tag = language or run.language
    fields: dict[str, FormField] = {}
    for _, node in questions(flow):
        slot = run.slots.get(node.slot)
        if slot is not None and node.slot not in fields:
            value, label = display(node, slot, tag), text_in(node.label, tag) or node.slot
            fields[node.slot] = FormField(node.slot, label, value, slot.entry_id, slot.attachment_id)
    return Form(text_in(flow.title, tag) or flow.id, tuple(fields.values()))


def summary(flow: Flow, run: RunState, language: Language | None = None) -> str:
    """One line for the next owner: flow title and the collected values."""
    tag = language or run.language
    card = form(flow, run, tag)
    given = SEMICOLON[tag].join(f"{f.label}{COLON[tag]}{f.value}" for f in card.fields)
    return f"{card.title} — {given}" if given else card.title


def progress(flow: Flow, run: RunState) -> tuple[int, int]:
    """Questions answered, and questions of the flow in all."""
    names = {node.slot for _, node in questions(flow)}
    return len(names & run.slots.keys()), len(names)


def _take(flow: Flow, run: RunState, node: AskNode | ChoiceNode, answer: Answer, message: InboundFact) -> Step:
    """Keep the answer and go on."""
    slot = Slot(
        value=answer.value,
        label=answer.label,
        entry_id=message.entry_id,
        attachment_id=answer.attachment_id,
    )
    if answer.attachment_id is None:
        run = _with_spare(flow, run, message)
    run = _filled(run, node, slot)
    acts: list[Act] = [_note("flow_step", flow, run)]
    return _walk(flow, _at(run, answer.next or node.next or ""), acts)


def _again(flow: Flow, run: RunState, node: AskNode | ChoiceNode, message: InboundFact) -> Step:
    """Ask once more, or give up after the agreed number of tries."""
    kept = _with_spare(flow, run, message)
    if kept.spare is not None and run.spare is None and not message.text.strip():
        return Step(kept, (_ask(flow, kept, node, node.text),))  # a photo too early is no failure
    run = kept.model_copy(update={"tries": run.tries + 1})
    if run.tries >= node.tries:
        return _fail(flow, run, [], "too_many_tries", node)
    return Step(run, (_ask(flow, run, node, node.again or AGAIN),))


def _walk(flow: Flow, run: RunState, acts: list[Act]) -> Step:
    """Go from node to node until one waits or ends the run."""
    for _ in range(MAX_NODES_PER_TURN):
        node = flow.nodes.get(run.node)
        if isinstance(node, SayNode):
            acts.append(Say(_text(node.text, run), node=run.node))
            run = _at(run, node.next)
        elif isinstance(node, BranchNode):
            run = _at(run, _branch(node, run))
        elif isinstance(node, AskNode) and node.type == "photo" and run.spare is not None:
            run = _filled(run, node, run.spare).model_copy(update={"spare": None})
            acts.append(_note("flow_step", flow, run))
            run = _at(run, node.next)
        elif isinstance(node, AskNode | ChoiceNode):
            return Step(run, (*acts, _ask(flow, run, node, node.text)))
        elif isinstance(node, HandOverNode):
            return _hand_over(flow, run, acts, node)
        elif isinstance(node, CloseNode | FlowNode):
            return _finish(flow, run, acts, node)
        else:
            return _fail(flow, run, acts, "broken_flow")
    return _fail(flow, run, acts, "too_long")


def _finish(flow: Flow, run: RunState, acts: list[Act], node: CloseNode | FlowNode) -> Step:
    if isinstance(node, CloseNode) and node.text:
        acts.append(Say(_text(node.text, run), node=run.node))
    run = run.model_copy(update={"state": "done"})
    acts += [_note("flow_done", flow, run), *_card(flow, run)]
    acts.append(Close(node.code) if isinstance(node, CloseNode) else Switch(node.flow))
    return Step(run, tuple(acts))


def _hand_over(flow: Flow, run: RunState, acts: list[Act], node: HandOverNode) -> Step:
    acts.append(Say(_text(node.text or HANDING_OVER, run), node=run.node))
    needs = []
    for need in node.needs:
        slot = run.slots.get(need.slot) if need.slot else None
        if need.slot is None or slot is not None:
            label = text_in(need.label, run.language)
            origin = slot.entry_id if slot else run.origin
            needs.append(Need(need.tag, label, origin, slot.label if slot else ""))
    reason = _text(node.reason, run) or form(flow, run).title
    return _escalated(flow, run, acts, Escalate(reason, "", tuple(needs), node.queue))


def _fail(
    flow: Flow,
    run: RunState,
    acts: list[Act],
    code: EscalateCode,
    node: AskNode | ChoiceNode | None = None,
) -> Step:
    """Give up and bring in people, saying so to the customer first."""
    told = {"too_many_tries": TOO_MANY_TRIES, "cannot_answer": CANNOT_ANSWER}.get(code, BOT_FAILED)
    label = (text_in(node.label, run.language) or node.slot) if node else ""
    reason = text_in(told, run.language).replace("{label}", label)
    acts.append(Say(text_in(HANDING_OVER, run.language), node=run.node))
    return _escalated(flow, run, acts, Escalate(reason, "", code=code))


def _escalated(flow: Flow, run: RunState, acts: list[Act], escalate: Escalate) -> Step:
    run = run.model_copy(update={"state": "escalated"})
    final = Escalate(escalate.reason, summary(flow, run), escalate.needs, escalate.queue, escalate.code)
    return Step(run, (*acts, _note("escalated", flow, run), *_card(flow, run), final))


def _ask(flow: Flow, run: RunState, node: AskNode | ChoiceNode, text: Text) -> Say:
    choices: tuple[Choice, ...] = ()
    if isinstance(node, ChoiceNode) or node.type == "choice":
        choices = tuple(
            Choice(option.value, text_in(option.label, run.language) or option.value) for option in node.options
        )
    label = text_in(node.label, run.language) or node.slot
    if isinstance(node, ChoiceNode):
        ask = AskFor("choice", node.slot, label, choices)
    else:
        ask = _describe(node, label, choices)
    said = _text(text, run) or _text(node.text, run) or label
    return Say(said, choices, ask, run.node)


def _describe(node: AskNode, label: str, choices: tuple[Choice, ...]) -> AskFor:
    plain_types: dict[str, AskType] = {
        "number": "number",
        "date": "date",
        "digits": "digits",
        "choice": "choice",
        "photo": "photo",
    }
    return AskFor(
        type=plain_types.get(node.type, "text"),
        slot=node.slot,
        label=label,
        choices=choices,
        minimum=None if node.min is None else str(node.min),
        maximum=None if node.max is None else str(node.max),
        length=node.digits,
        format=node.type if node.type in {"phone", "email"} else None,
        optional=node.optional or node.cannot is not None,
    )


def _branch(node: BranchNode, run: RunState) -> str:
    return next((case.next for case in node.cases if _holds(case, run)), node.otherwise)


def _holds(case: Case, run: RunState) -> bool:
    slot = run.slots.get(case.slot)
    if slot is None or case.op == "exists":
        return slot is not None
    wanted = case.value if isinstance(case.value, tuple) else (case.value,)
    if case.op in {"equals", "in"}:
        return any(_same(slot.value, value) for value in wanted)
    order = _compare(slot.value, str(wanted[0])) if wanted else 0
    return order < 0 if case.op == "less" else order > 0


def _same(value: str, wanted: object) -> bool:
    if isinstance(wanted, int | float):
        number = _number(value)
        return number is not None and number == _number(str(wanted))
    return value == wanted


def _compare(value: str, wanted: str) -> int:
    """-1, 0, 1 as `value` is less, equal or incomparable, more: numbers, else ISO dates."""
    a, b = _number(value), _number(wanted)
    if a is not None and b is not None:
        return (a > b) - (a < b)
    if len(value) == len(wanted) == len("2026-11-23") and value[4] == wanted[4] == "-":
        return (value > wanted) - (value < wanted)
    return 0


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _with_spare(flow: Flow, run: RunState, message: InboundFact) -> RunState:
    """Keep a photo that came before the flow asks for it, so that nobody asks again."""
    wanted = any(
        isinstance(node, AskNode) and node.type == "photo" and node.slot not in run.slots for _, node in questions(flow)
    )
    photo = photo_of(message, run.language) if wanted and run.spare is None else None
    return run.model_copy(update={"spare": photo}) if photo else run


def _filled(run: RunState, node: AskNode | ChoiceNode, slot: Slot) -> RunState:
    if isinstance(node, AskNode) and node.sensitive and slot.attachment_id is None:
        keep = node.mask or 0
        hidden = {"value": mask(slot.value, keep), "label": mask(slot.label, keep)}
        slot = slot.model_copy(update=hidden)
    return run.model_copy(update={"slots": {**run.slots, node.slot: slot}})


def _at(run: RunState, node: str) -> RunState:
    return run.model_copy(update={"node": node, "tries": 0})


def _card(flow: Flow, run: RunState) -> tuple[Form, ...]:
    card = form(flow, run)
    return (card,) if card.fields else ()


def _note(event: NoteEvent, flow: Flow, run: RunState) -> Note:
    slots = {
        name: {"value": slot.value, "label": slot.label, "entry_id": slot.entry_id} for name, slot in run.slots.items()
    }
    data = {"flow": flow.id, "version": flow.version, "node": run.node, "slots": slots}
    return Note(event, data)


def _text(text: Text, run: RunState) -> str:
    return fill(text_in(text, run.language), run.slots)
