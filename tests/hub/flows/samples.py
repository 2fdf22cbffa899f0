"""Small flows and messages for the tests of the engine and the linter."""

from collections.abc import Mapping
from datetime import date

from hub.flows.acts import Act, Escalate, Say
from hub.flows.engine import consume, start
from hub.flows.runs import AttachmentFact, InboundFact, RunState, Step
from hub.flows.schema import LANGUAGES, Flow, Language

TODAY = date(2026, 11, 21)  # a Saturday


def texts(en: str) -> dict[str, str]:
    return dict.fromkeys(LANGUAGES, en)


def say(following: str, text: str = "Hello.") -> dict[str, object]:
    return {"kind": "say", "text": texts(text), "next": following}


def ask(slot: str, following: str, **more: object) -> dict[str, object]:
    node = {"kind": "ask", "slot": slot, "type": "text", "label": texts(slot), "text": texts(f"{slot}?")}
    return {**node, "again": texts(f"{slot}, please?"), "next": following, **more}


def choice(slot: str, **ways: str) -> dict[str, object]:
    options = [{"value": value, "label": texts(value), "next": way} for value, way in ways.items()]
    node = {"kind": "choice", "slot": slot, "label": texts(slot), "text": texts(f"{slot}?")}
    return {**node, "again": texts(f"{slot}, please?"), "options": options}


def hand_over(**more: object) -> dict[str, object]:
    return {"kind": "hand_over", "queue": "cards", "reason": texts("Help wanted"), **more}


def close() -> dict[str, object]:
    return {"kind": "close", "text": texts("Goodbye.")}


def flow(**nodes: Mapping[str, object]) -> Flow:
    """A flow of these nodes that starts at the first."""
    first = next(iter(nodes))
    return Flow.model_validate({"id": "sample", "version": 1, "title": texts("Sample"), "start": first, "nodes": nodes})


def message(text: str = "", entry: str = "ent_1", photo: str = "", **answers: str) -> InboundFact:
    files = (AttachmentFact(photo, "image/jpeg"),) if photo else ()
    return InboundFact(entry, text, TODAY, files, answers)


def play(told: Flow, *messages: str | InboundFact, language: Language = "en") -> Step:
    """The last step after these messages, from ent_1 on."""
    step = start(told, language, "ent_0")
    for number, said in enumerate(messages, start=1):
        fact = message(said, f"ent_{number}") if isinstance(said, str) else said
        step = consume(told, step.run, fact)
    return step


def said(step: Step) -> list[str]:
    return [act.text for act in step.acts if isinstance(act, Say)]


def escalation(step: Step) -> Escalate:
    found = [act for act in step.acts if isinstance(act, Escalate)]
    assert len(found) == 1
    return found[0]


def kinds(acts: tuple[Act, ...]) -> list[str]:
    return [type(act).__name__ for act in acts]


def values(run: RunState) -> dict[str, str]:
    return {name: slot.value for name, slot in run.slots.items()}
