"""What both doors work with."""

from dataclasses import dataclass

from web.live.ephemera import Ephemera
from web.live.lists import Lists
from web.live.pump import Pump
from web.live.sockets import Registry


@dataclass(frozen=True, slots=True)
class Screens:
    """The sockets of this process, and the ways to tell them things."""

    registry: Registry
    ephemera: Ephemera
    pump: Pump
    lists: Lists
