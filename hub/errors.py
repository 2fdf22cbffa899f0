"""The error tree. `code` is stable and for programs, `message` is for a person, `details` hold ids only."""

from collections.abc import Mapping
from typing import ClassVar


class HubError(Exception):
    """Anything the hub refuses or cannot do; `web` turns it into a problem document or an error ack."""

    code: ClassVar[str] = "hub_error"
    status: ClassVar[int] = 500

    def __init__(self, message: str, /, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, object] = details


class Unauthenticated(HubError):
    """Nobody we know asks."""

    code = "unauthenticated"
    status = 401


class Forbidden(HubError):
    """Known, but not allowed."""

    code = "forbidden"
    status = 403


class NotFound(HubError):
    """No such thing, or none that the asker may know of."""

    code = "not_found"
    status = 404


class Conflict(HubError):
    """The thing has changed since the asker looked."""

    code = "conflict"
    status = 409


class AlreadyAccepted(Conflict):
    """Another agent was first; `winner` in the details says who."""

    code = "already_accepted"


class OfferOver(Conflict):
    """The offer was declined, withdrawn or has expired."""

    code = "offer_over"


class CapacityReached(Conflict):
    """The agent already serves as many conversations as agreed."""

    code = "capacity_reached"


class NotOwner(Conflict):
    """Only the owner of the conversation may do this."""

    code = "not_owner"


class ConversationResolved(Conflict):
    """The conversation is over; reopen it first."""

    code = "conversation_resolved"


class Invalid(HubError):
    """The request is understood and wrong; `field` says where."""

    code = "invalid"
    status = 422

    def __init__(self, message: str, /, field: str = "", **details: object) -> None:
        super().__init__(message, field=field, **details)


class TooLarge(HubError):
    """More bytes or characters than this door takes."""

    code = "too_large"
    status = 413


class UnsupportedMedia(HubError):
    """A file of a kind that is not taken."""

    code = "unsupported_media"
    status = 415


class RateLimited(HubError):
    """Too many requests; `retry_after` (seconds) says when to come back."""

    code = "rate_limited"
    status = 429

    def __init__(self, message: str, /, retry_after: int) -> None:
        super().__init__(message, retry_after=retry_after)
        self.retry_after = retry_after


class Unavailable(HubError):
    """A component we depend on does not answer; nothing was stored, try again."""

    code = "unavailable"
    status = 503


class SettingsError(HubError):
    """A setting is unknown or wrong; the program does not start."""

    code = "settings"


class ChannelError(HubError):
    """Something between us and a provider."""

    code = "channel"
    status = 502


class SignatureInvalid(ChannelError):
    """The request does not come from the provider."""

    code = "signature_invalid"
    status = 403


class PayloadUnreadable(ChannelError):
    """From the provider, but not understood; it is kept raw and can be replayed."""

    code = "payload_unreadable"
    status = 400


class Unsupported(ChannelError):
    """The channel cannot do this (`capability`); never retried."""

    code = "unsupported"
    status = 422

    def __init__(self, message: str, /, capability: str) -> None:
        super().__init__(message, capability=capability)


class AddressRejected(ChannelError):
    """The provider refuses this address; never retried."""

    code = "address_rejected"
    status = 422


class ProviderUnavailable(ChannelError):
    """Not taken, and safe to try again, at the earliest after `retry_after` seconds when given."""

    code = "provider_unavailable"
    status = 503

    def __init__(self, message: str, /, retry_after: float | None = None) -> None:
        super().__init__(message, retry_after=retry_after)
        self.retry_after = retry_after


class OutcomeUnknown(ChannelError):
    """The provider may or may not have taken it; never sent again without a person."""

    code = "outcome_unknown"
