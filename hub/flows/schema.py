"""Flows as frozen data: what a published conversation script may say, and how it is read."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.errors import Invalid

Language: TypeAlias = Literal["en", "zh-Hans", "zh-Hant"]
LANGUAGES: tuple[Language, ...] = ("en", "zh-Hans", "zh-Hant")

Text: TypeAlias = Mapping[Language, str]
Phrases: TypeAlias = Mapping[Language, tuple[str, ...]]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
Bound: TypeAlias = int | float | str
SlotType: TypeAlias = Literal["text", "number", "date", "digits", "choice", "photo", "phone", "email"]

DEMO = Path(__file__).parent / "demo"


class FlowUnreadable(Invalid):
    """The file is no flow: not JSON, a wrong type, an unknown or missing member."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Option(_Frozen):
    """One answer of a choice. `also` lists other words for it; `next` overrides the node's."""

    value: Key
    label: Text
    also: Phrases = Field(default_factory=dict)
    next: str | None = None


class SayNode(_Frozen):
    """Tell the customer something and go on."""

    kind: Literal["say"]
    text: Text
    next: str


class AskNode(_Frozen):
    """Ask for a typed value until it is valid.

    `min` and `max` bound a number, a date (ISO or "today") or the length of a text.
    `digits` is the count of digits; with `last`, a longer number is cut to its last ones.
    `pattern` is a shape, not a regular expression: 9 a digit, A a letter, * either, any other
    sign itself ("A-999999"). After `tries` unusable answers people take over; "I cannot" goes
    to `cannot`, or on when the question is `optional`, else to people. `mask` is how many
    last characters of a `sensitive` value are kept.
    """

    kind: Literal["ask"]
    slot: Name
    type: SlotType
    label: Text
    text: Text
    again: Text = Field(default_factory=dict)
    next: str
    min: Bound | None = None
    max: Bound | None = None
    digits: int | None = Field(default=None, ge=1, le=40)
    last: bool = False
    pattern: str | None = Field(default=None, max_length=60)
    options: tuple[Option, ...] = ()
    tries: int = Field(default=3, ge=1, le=9)
    optional: bool = False
    cannot: str | None = None
    sensitive: bool = False
    mask: int | None = Field(default=None, ge=0, le=8)


class ChoiceNode(_Frozen):
    """Ask the customer to pick one of a few ways on; the pick is kept in `slot`."""

    kind: Literal["choice"]
    slot: Name
    label: Text
    text: Text
    again: Text = Field(default_factory=dict)
    options: Annotated[tuple[Option, ...], Field(min_length=1)]
    next: str | None = None
    tries: int = Field(default=3, ge=1, le=9)


class Case(_Frozen):
    """A condition on one slot. `less` and `more` compare numbers or ISO dates, strictly."""

    slot: Name
    op: Literal["equals", "in", "exists", "less", "more"]
    value: Bound | tuple[str, ...] | None = None
    next: str


class BranchNode(_Frozen):
    """Go to the first case that holds, else `otherwise`."""

    kind: Literal["branch"]
    cases: Annotated[tuple[Case, ...], Field(min_length=1, max_length=20)]
    otherwise: str


class NeedTag(_Frozen):
    """Something the customer needs, and the slot that says so (none: the flow itself)."""

    tag: Name
    label: Text
    slot: Name | None = None


class HandOverNode(_Frozen):
    """Give the conversation to people: `queue` is a queue key, null the default queue."""

    kind: Literal["hand_over"]
    queue: Key | None = None
    reason: Text
    needs: tuple[NeedTag, ...] = ()
    text: Text | None = None


class CloseNode(_Frozen):
    """The wish is met; `code` is the disposition."""

    kind: Literal["close"]
    code: Key = "done"
    text: Text | None = None


class FlowNode(_Frozen):
    """Go on with another flow."""

    kind: Literal["flow"]
    flow: Key


Node: TypeAlias = Annotated[
    SayNode | AskNode | ChoiceNode | BranchNode | HandOverNode | CloseNode | FlowNode,
    Field(discriminator="kind"),
]


class Flow(_Frozen):
    """One version of a flow. It never changes once published; a change is a new version.

    `triggers` are phrases that start it. `suggestion` is the label of its button.
    """

    id: Key
    version: int = Field(ge=1)
    title: Text
    suggestion: Text = Field(default_factory=dict)
    triggers: Phrases = Field(default_factory=dict)
    start: str
    nodes: Annotated[Mapping[Name, Node], Field(min_length=1, max_length=200)]


def parse(data: str | bytes) -> Flow:
    """Give the flow written in this JSON text.

    Raises:
        FlowUnreadable: with the place and the reason of every fault.
    """
    try:
        return Flow.model_validate_json(data)
    except ValidationError as error:
        raise FlowUnreadable("; ".join(_faults(error))) from error


def load(path: Path) -> Flow:
    """Give the flow in this file.

    Raises:
        FlowUnreadable: the file cannot be read or is no flow; names the file.
    """
    try:
        return parse(path.read_bytes())
    except (OSError, FlowUnreadable) as error:
        raise FlowUnreadable(f"{path.name}: {error}") from error


def load_all(folder: Path = DEMO) -> tuple[Flow, ...]:
    """Give every flow of a folder, ordered by id.

    Raises:
        FlowUnreadable: one of the files is no flow.
    """
    return tuple(sorted((load(path) for path in folder.glob("*.json")), key=lambda f: f.id))


def digest(flow: Flow) -> str:
    """A sha-256 of the flow's meaning: equal for equal flows, however the file is written."""
    data = json.dumps(flow.model_dump(mode="json"), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(data.encode()).hexdigest()


def text_in(text: Text | None, language: Language) -> str:
    """Give the text in a language; else in its nearest neighbour, else in any, else ""."""
    if not text:
        return ""
    near: dict[Language, tuple[Language, ...]] = {
        "en": ("en", "zh-Hans", "zh-Hant"),
        "zh-Hans": ("zh-Hans", "zh-Hant", "en"),
        "zh-Hant": ("zh-Hant", "zh-Hans", "en"),
    }
    return next((text[tag] for tag in near[language] if text.get(tag)), "")


def questions(flow: Flow) -> Iterator[tuple[str, AskNode | ChoiceNode]]:
    """Every node that asks for a slot, in the order of the file."""
    for name, node in flow.nodes.items():
        if isinstance(node, AskNode | ChoiceNode):
            yield name, node


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        place = ".".join(str(part) for part in fault["loc"]) or "flow"
        yield f"{place}: {fault['msg']}"
