"""The flow engine: pure, bounded, and without exceptions for whatever a customer writes."""

from hub.flows.acts import Form
from hub.flows.runs import InboundFact, RunState, Step
from hub.flows.schema import Flow, Language

MAX_NODES_PER_TURN = 20


def start(flow: Flow, language: Language, origin: str | None = None) -> Step:
    """Begin the flow. `origin` is the entry that triggered it."""
    raise NotImplementedError


def consume(flow: Flow, run: RunState, message: InboundFact) -> Step:
    """Take one inbound entry. A run that is no longer active is returned unchanged, no acts."""
    raise NotImplementedError


def stop(flow: Flow, run: RunState) -> Step:
    """End an active run from outside (abandoned, conversation over): state "closed"."""
    raise NotImplementedError


def form(flow: Flow, run: RunState, language: Language | None = None) -> Form:
    """What was collected so far, labels in the given language (default: the run's)."""
    raise NotImplementedError


def summary(flow: Flow, run: RunState, language: Language | None = None) -> str:
    """One line for the next owner: flow title and the collected values."""
    raise NotImplementedError


def progress(flow: Flow, run: RunState) -> tuple[int, int]:
    """Questions answered, and questions of the flow in all."""
    raise NotImplementedError
