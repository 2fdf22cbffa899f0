"""Live sync: screens hear what changed, and can always ask for what they missed.

Each web process serves its own sockets: a hint (from a commit here, or over the bus) names a log, the
process reads that log from the database and tells the screens that watch it. Once a second it also
compares the counters of the watched logs, so a lost hint costs a second, never a message.
See docs/live.md for the events.
"""

from web.live.server import Live

__all__ = ["Live"]
