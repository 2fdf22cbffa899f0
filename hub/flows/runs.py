"""Where a flow stands in one conversation, and what the engine takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from hub.flows.acts import Act
from hub.flows.schema import Language

RunPhase: TypeAlias = Literal["active", "done", "escalated", "closed"]


class Slot(BaseModel):
    """One answer. `value` is canonical (ISO date, plain decimal, option value, attachment id).

    `label` is what people read. In a sensitive slot both are masked: the full text stays only
    in the entry the customer wrote.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str
    label: str
    entry_id: str
    attachment_id: str | None = None


class RunState(BaseModel):
    """A flow run as stored: `model_dump(mode="json")` and `model_validate` are exact inverses.

    `node` is the question that waits for an answer while `state` is "active". `tries` counts
    unusable answers to it, `consumed` the messages taken in. `origin` is the entry that
    started the flow. `spare` is a photo that came before it was asked for.
    States: done (reached a close or switch), escalated (given to people), closed (stopped
    from outside: abandoned, or the conversation ended).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    flow_id: str
    version: int
    language: Language
    node: str
    slots: Mapping[str, Slot] = Field(default_factory=dict)
    tries: int = 0
    consumed: int = 0
    state: RunPhase = "active"
    origin: str | None = None
    spare: Slot | None = None


@dataclass(frozen=True, slots=True)
class AttachmentFact:
    """A file of the message, with the media type found by sniffing."""

    id: str
    media_type: str


@dataclass(frozen=True, slots=True)
class InboundFact:
    """One inbound entry as the engine sees it.

    `today` is the customer's date, for words such as "tomorrow". `answers` maps slot names to
    values picked on the screen (option value, ISO date); it comes from outside and is checked
    like anything typed.
    """

    entry_id: str
    text: str
    today: date
    attachments: tuple[AttachmentFact, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """The run after a turn and the acts to apply, in order, in one transaction with it."""

    run: RunState
    acts: tuple[Act, ...]
