"""The channel to copy: a signed JSON webhook in both directions, with receipts.

It speaks to anything that can POST JSON: another program, a test, a bridge to a system of your own.
docs/channels/loopback.md has the wire format.
"""

from collections.abc import Sequence

from channels.loopback import inbound, outbound, signing
from hub.ports import (
    Account,
    Capabilities,
    ChannelAdapter,
    IdempotencyKey,
    Inbound,
    OutboundMessage,
    Outcome,
    Sent,
    WireRequest,
    WireResponse,
)


class Loopback:
    """The four steps of a channel; each is a module of its own where it is more than a line."""

    name = "loopback"
    capabilities = Capabilities(
        max_text=inbound.MAX_TEXT,
        max_file_bytes=inbound.MAX_FILE_BYTES,
        receipts=frozenset({"sent", "delivered", "read", "failed"}),
        send_seconds=15.0,
    )

    def verify(self, account: Account, request: WireRequest) -> None:
        """Check the Standard Webhooks signature. Raises SignatureInvalid."""
        signing.check(account.secret, request)

    def parse(self, account: Account, request: WireRequest) -> Sequence[Inbound]:
        """Read one event or a list of them; all are good or none is taken. Raises PayloadUnreadable."""
        return inbound.parse(request.body)

    def respond(self, outcomes: Sequence[Outcome]) -> WireResponse:
        """Say per event what was done with it, in the order they came."""
        return inbound.respond(outcomes)

    async def send(self, message: OutboundMessage, key: IdempotencyKey) -> Sent:
        """POST the message to the account's `outbound_url`, once."""
        return await outbound.send(message, key)


def adapter() -> ChannelAdapter:
    """What the composition root asks of every channel package."""
    return Loopback()
