"""How large each run is: `ci` within the suite, `full` as PROTOCOLS 8 says, late and alone."""

from dataclasses import dataclass, field
from typing import Literal

Size = Literal["ci", "full"]


@dataclass(frozen=True)
class Limits:
    """What a run may take. `patience` widens limits of time where others use the machine, too."""

    patience: float = field(default=1.0, kw_only=True)


@dataclass(frozen=True)
class Storm(Limits):
    """Messages from senders to webhooks, and how often a process is killed meanwhile."""

    messages: int
    senders: int
    kills: int
    at_once: int = 8
    twice: float = 0.2
    watched: int = 5


@dataclass(frozen=True)
class Widgets(Limits):
    """Messages of chat windows over their sockets, and how often the process is killed."""

    visitors: int
    each: int
    kills: int


@dataclass(frozen=True)
class Races(Limits):
    """Conversations that several agents want at once."""

    conversations: int
    agents: int = 10
    at_once: int = 6


@dataclass(frozen=True)
class Chaos(Limits):
    """Chat windows that lose their connection, reload and sleep, with agents who answer."""

    visitors: int
    agents: int
    each: int
    mean_seconds: float
    sleeps: int
    sleep_seconds: float
    lost_acks: float = 0.05


@dataclass(frozen=True)
class Chains(Limits):
    """Handoff chains that go side by side, and how many of such rounds."""

    rounds: int
    side_by_side: int


@dataclass(frozen=True)
class Sizes:
    """One of each."""

    storm: Storm
    widgets: Widgets
    storm_grown: Storm
    races: Races
    chaos: Chaos
    chains: Chains


SIZES: dict[Size, Sizes] = {
    "ci": Sizes(
        storm=Storm(messages=240, senders=24, kills=3, patience=4.0),
        widgets=Widgets(visitors=6, each=15, kills=2, patience=4.0),
        storm_grown=Storm(messages=240, senders=24, kills=3, watched=4, patience=4.0),
        races=Races(conversations=12, patience=4.0),
        chaos=Chaos(visitors=20, agents=2, each=3, mean_seconds=4.0, sleeps=2, sleep_seconds=5.0, patience=4.0),
        chains=Chains(rounds=1, side_by_side=3, patience=4.0),
    ),
    "full": Sizes(
        storm=Storm(messages=10_000, senders=500, kills=50),
        widgets=Widgets(visitors=100, each=40, kills=20),
        storm_grown=Storm(messages=10_000, senders=500, kills=50, watched=40),
        races=Races(conversations=1000),
        chaos=Chaos(visitors=200, agents=10, each=50, mean_seconds=5.0, sleeps=20, sleep_seconds=120.0),
        chains=Chains(rounds=20, side_by_side=25),
    ),
}
