"""What is known of a file after it was looked at."""

from dataclasses import dataclass, field

CUSTOMER_BYTES = 10_000_000
AGENT_BYTES = 25_000_000


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file fit to be stored. `inline`: a picture that we wrote ourselves, safe to show in a page.

    `data` are the bytes to store, for pictures not those that came.
    """

    name: str
    media_type: str
    data: bytes = field(repr=False)
    width: int | None
    height: int | None
    inline: bool
