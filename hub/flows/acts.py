"""What a bot turn asks the hub to do: plain facts, applied by others, in the order given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

AskType: TypeAlias = Literal["text", "number", "date", "digits", "choice", "photo"]
NoteEvent: TypeAlias = Literal["flow_started", "flow_step", "flow_done", "flow_abandoned", "escalated"]
EscalateCode: TypeAlias = Literal[
    "flow",  # the flow says so
    "too_many_tries",  # the customer's answers could not be used
    "cannot_answer",  # the customer said "I cannot" to a question that must be answered
    "too_long",  # the flow ran over its bound of nodes in one turn
    "broken_flow",  # the run points at something the flow does not have
    "wrong_version",  # the run belongs to another flow or version
    "asked_for_person",  # for the caller: the wish for a person is seen outside the engine
]


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer the customer can press."""

    value: str
    label: str

    def as_json(self) -> dict[str, str]:
        """The choice as it stands in a message body."""
        return {"value": self.value, "label": self.label}


@dataclass(frozen=True, slots=True)
class AskFor:
    """What kind of answer a message waits for, so that a screen can offer the right control.

    `minimum` and `maximum` bound a number or (ISO) a date, or the length of a text.
    `length` is the count of digits. `format` refines a text: "phone" or "email".
    """

    type: AskType
    slot: str
    label: str
    choices: tuple[Choice, ...] = ()
    minimum: str | None = None
    maximum: str | None = None
    length: int | None = None
    format: Literal["phone", "email"] | None = None
    optional: bool = False

    def as_json(self) -> dict[str, object]:
        """The `ask` member of a message body; absent members are left out."""
        out: dict[str, object] = {"type": self.type, "slot": self.slot, "label": self.label}
        if self.choices:
            out["choices"] = [choice.as_json() for choice in self.choices]
        named = {"min": self.minimum, "max": self.maximum, "length": self.length}
        named["format"] = self.format
        out |= {name: value for name, value in named.items() if value is not None}
        if self.optional:
            out["optional"] = True
        return out


@dataclass(frozen=True, slots=True)
class Say:
    """Write to the customer; with `ask`, wait for an answer of that kind."""

    text: str
    choices: tuple[Choice, ...] = ()
    ask: AskFor | None = None
    node: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Tell staff where the flow stands. `data` is the rest of a `bot` entry's body.

    It holds flow, version, node and slots ({name: {value, label, entry_id}}), as JSON values.
    """

    event: NoteEvent
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FormField:
    """One thing the customer gave: `value` is for people to read, masked where it must be."""

    name: str
    label: str
    value: str
    entry_id: str
    attachment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """Everything collected so far, as a card for staff."""

    title: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """A need tag with the entry it came from (None: the flow itself implies it)."""

    tag: str
    label: str
    entry_id: str | None
    value: str = ""


@dataclass(frozen=True, slots=True)
class Escalate:
    """Hand the conversation to people. `queue` is a queue key; None is the default queue.

    `reason` and `summary` are for people, in the run's language; `code` is stable.
    """

    reason: str
    summary: str
    needs: tuple[Need, ...] = ()
    queue: str | None = None
    code: EscalateCode = "flow"


@dataclass(frozen=True, slots=True)
class Switch:
    """Go on with another flow (its id): the present run is done."""

    flow: str


@dataclass(frozen=True, slots=True)
class Close:
    """The customer's wish is met: resolve the conversation with this disposition code."""

    code: str


Act: TypeAlias = Say | Note | Form | Escalate | Switch | Close
