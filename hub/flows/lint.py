"""The flow linter: what would leave a customer stuck, puzzled or without a person to talk to."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from hub.flows.dates import read_date
from hub.flows.schema import (
    DEMO,
    LANGUAGES,
    AskNode,
    BranchNode,
    ChoiceNode,
    CloseNode,
    Flow,
    FlowNode,
    FlowUnreadable,
    HandOverNode,
    Node,
    SayNode,
    Text,
    load,
    questions,
)
from hub.flows.wording import PLACE

MAX_OPTIONS = 6
MAX_TEXT = 300
MAX_LABEL = 40
_ANY_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `node` is "" when it is about the whole flow; `code` is stable."""

    code: str
    node: str
    message: str


def lint(flow: Flow, others: Sequence[str] | None = None) -> list[Finding]:
    """Give every fault of the flow, in the order of its nodes.

    `others` are the ids of the flows it may go on with; None leaves that unchecked.
    """
    checks = (_texts, _places, _graph, _questions, _branches)
    found = [finding for check in checks for finding in check(flow)]
    if others is not None:
        found += [
            Finding("unknown_flow", name, f"there is no flow “{node.flow}”")
            for name, node in flow.nodes.items()
            if isinstance(node, FlowNode) and node.flow not in others
        ]
    order = {name: index for index, name in enumerate(["", *flow.nodes])}
    return sorted(found, key=lambda f: order[f.node])


def main(paths: Sequence[str]) -> int:
    """Print the findings of these files (default: the demo flows); 1 if there are any, else 0."""
    files = [Path(path) for path in paths] or sorted(DEMO.glob("*.json"))
    flows, faults = [], 0
    for file in files:
        try:
            flows.append((file, load(file)))
        except FlowUnreadable as error:
            faults += 1
            sys.stdout.write(f"{file.name}: unreadable: {error.message}\n")
    known = [flow.id for _, flow in flows]
    for file, flow in flows:
        for finding in lint(flow, known if len(files) > 1 else None):
            faults += 1
            place = f"{file.name}: {finding.node}" if finding.node else file.name
            sys.stdout.write(f"{place}: {finding.code}: {finding.message}\n")
    return 1 if faults else 0


def exits(node: Node) -> list[str]:
    """The names of the nodes this one may lead to."""
    if isinstance(node, SayNode):
        return [node.next]
    if isinstance(node, AskNode):
        own = [node.next, *([node.cannot] if node.cannot else [])]
        return own + [option.next for option in node.options if option.next]
    if isinstance(node, ChoiceNode):
        ways = [option.next or node.next for option in node.options]
        return [way if way is not None else "" for way in ways]
    if isinstance(node, BranchNode):
        return [*(case.next for case in node.cases), node.otherwise]
    return []


def _texts(flow: Flow) -> Iterator[Finding]:
    """Every text in every language, none too long."""
    named = [("", "title", flow.title, MAX_LABEL)]
    if flow.suggestion:
        named.append(("", "suggestion", flow.suggestion, MAX_LABEL))
    if flow.triggers:
        for tag in LANGUAGES:
            if not flow.triggers.get(tag):
                yield Finding("missing_text", "", f"triggers: no phrase in {tag}")
    named += [(name, *rest) for name, node in flow.nodes.items() for rest in _texts_of(node)]
    for name, member, text, limit in named:
        for tag in LANGUAGES:
            if not text.get(tag, "").strip():
                yield Finding("missing_text", name, f"{member}: nothing in {tag}")
            elif len(text[tag]) > limit:
                yield Finding("too_long", name, f"{member}: {len(text[tag])} characters in {tag}, at most {limit}")


def _texts_of(node: Node) -> Iterator[tuple[str, Text, int]]:
    if isinstance(node, SayNode | AskNode | ChoiceNode):
        yield "text", node.text, MAX_TEXT
    if isinstance(node, HandOverNode | CloseNode) and node.text is not None:
        yield "text", node.text, MAX_TEXT
    if isinstance(node, AskNode | ChoiceNode):
        yield "label", node.label, MAX_LABEL
        if node.again:
            yield "again", node.again, MAX_TEXT
        for option in node.options:
            yield f"option {option.value}", option.label, MAX_LABEL
    if isinstance(node, HandOverNode):
        yield "reason", node.reason, MAX_TEXT
        for need in node.needs:
            yield f"need {need.tag}", need.label, MAX_LABEL


def _places(flow: Flow) -> Iterator[Finding]:
    """Every `{slot}` and every slot named elsewhere is one that the flow asks for."""
    asked = {node.slot for _, node in questions(flow)}
    for name, node in flow.nodes.items():
        used = {place for _, text, _ in _texts_of(node) for said in text.values() for place in PLACE.findall(said)}
        if isinstance(node, BranchNode):
            used |= {case.slot for case in node.cases}
        if isinstance(node, HandOverNode):
            used |= {need.slot for need in node.needs if need.slot}
        for slot in sorted(used - asked):
            yield Finding("unknown_slot", name, f"no question fills “{slot}”")


def _graph(flow: Flow) -> Iterator[Finding]:
    """Every way leads somewhere, every node is reached, and there are a way out and a person."""
    ways = {name: exits(node) for name, node in flow.nodes.items()}
    for name, targets in [("", [flow.start]), *ways.items()]:
        for target in dict.fromkeys(targets):
            if target not in ways:
                yield Finding("unknown_node", name, f"there is no node “{target}”")
    reached = _reach(ways, [flow.start])
    for name in ways:
        if name not in reached:
            yield Finding("unreachable", name, "nothing leads here")
    ends = [n for n, node in flow.nodes.items() if isinstance(node, HandOverNode | CloseNode | FlowNode)]
    back: dict[str, list[str]] = {name: [] for name in ways}
    for name, targets in ways.items():
        for target in targets:
            back.get(target, []).append(name)
    ending = _reach(back, ends)
    for name in reached - ending:
        yield Finding("dead_end", name, "from here the flow can neither close nor hand over")
    if not any(isinstance(flow.nodes[name], HandOverNode) for name in reached):
        yield Finding("no_person", "", "no way leads to a person")
    yield from _loops(flow, ways)


def _loops(flow: Flow, ways: dict[str, list[str]]) -> Iterator[Finding]:
    """A circle of nodes that never waits for the customer."""
    silent = {n for n, node in flow.nodes.items() if isinstance(node, SayNode | BranchNode)}
    hush = {name: [way for way in ways[name] if way in silent] for name in silent}
    for name in flow.nodes:
        if name in silent and name in _reach(hush, hush[name]):
            yield Finding("endless_loop", name, "a circle without a question")


def _reach(ways: dict[str, list[str]], start: Sequence[str]) -> set[str]:
    seen: set[str] = set()
    todo = [name for name in start if name in ways]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += [way for way in ways[name] if way in ways and way not in seen]
    return seen


def _questions(flow: Flow) -> Iterator[Finding]:
    """Questions that can be answered, asked again, and kept discreetly."""
    for name, node in questions(flow):
        if not node.again:
            yield Finding("no_again", name, "no words for asking again")
        if len(node.options) > MAX_OPTIONS:
            yield Finding("too_many_options", name, f"{len(node.options)} options, at most {MAX_OPTIONS}")
        values = [option.value for option in node.options]
        if len(set(values)) < len(values):
            yield Finding("same_option", name, "two options have the same value")
        if isinstance(node, AskNode):
            yield from _ask(name, node)


def _ask(name: str, node: AskNode) -> Iterator[Finding]:
    if node.sensitive and node.mask is None:
        yield Finding("no_mask", name, "sensitive, but `mask` does not say how much is kept")
    if (node.type == "choice") != bool(node.options):
        yield Finding("bad_options", name, "options belong to a choice, and a choice needs them")
    low, high = node.min, node.max
    if not all(_is_bound(node, bound) for bound in (low, high)):
        yield Finding("bad_bound", name, f"min and max do not fit the type {node.type}")
    elif isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        yield Finding("bad_bound", name, "min is more than max: nothing can be right")


def _is_bound(node: AskNode, bound: object) -> bool:
    if bound is None:
        return True
    if node.type == "date":
        return bound == "today" or (
            isinstance(bound, str) and len(bound) == len("2026-11-23") and read_date(bound, _ANY_DAY, "en") is not None
        )
    try:
        return node.type in {"text", "number", "digits"} and Decimal(str(bound)).is_finite()
    except InvalidOperation:
        return False


def _branches(flow: Flow) -> Iterator[Finding]:
    """Conditions that can hold."""
    options: dict[str, set[str]] = {}
    for _, asking in questions(flow):
        if asking.options:
            options.setdefault(asking.slot, set()).update(o.value for o in asking.options)
    for name, node in flow.nodes.items():
        for case in node.cases if isinstance(node, BranchNode) else ():
            wanted = case.value if isinstance(case.value, tuple) else (case.value,)
            if case.op != "exists" and (case.value is None or not wanted):
                yield Finding("bad_case", name, f"{case.slot}: nothing to compare with")
            elif case.op in {"equals", "in"} and case.slot in options:
                for value in sorted({str(v) for v in wanted} - options[case.slot]):
                    yield Finding("bad_case", name, f"{case.slot} is never “{value}”")
