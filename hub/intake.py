"""The one door: an inbound thing becomes an entry. Start reading here.

Repeat? → identity → placement → append → to-dos, in one transaction; whoever sent it hears "taken"
only after that has committed (law 1).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from hub import (
    attachments,
    bots,
    conversations,
    delivery,
    handoff,
    identity,
    languages,
    placement,
    texts,
    timeline,
    wishes,
)
from hub.errors import Invalid
from hub.models import InboundKey
from hub.models.base import table
from hub.ports import Actor, AddressValue, Inbound, InboundMessage, Outcome, Receipt
from hub.store import Hot, Tx
from hub.store.hot import Row

MAX_FILES = 10

_TAKE = Hot(insert(table(InboundKey)).on_conflict_do_nothing().returning(table(InboundKey).c.at))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message on its way in, whatever door it came through. `account` is a ChannelAccount row.

    `external_id` names it for the provider, `client_key` for a browser; one of them is set.
    `upload_owner` is who uploaded the files, when that is not yet the address: a browser does
    before its first message.
    """

    account: Row
    address: AddressValue
    text: str
    name: str = ""
    external_id: str | None = None
    client_key: str | None = None
    files: Sequence[str] = ()
    answers: dict[str, str] = field(default_factory=dict)
    language: str = ""
    link: Row | None = None
    conversation_id: str | None = None
    at: int | None = None
    upload_owner: str = ""
    heard: str | None = field(init=False)

    def __post_init__(self) -> None:
        """Listen for the language here, outside the transaction."""
        object.__setattr__(self, "heard", languages.detect(self.text))


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of an arrival; for a repeated webhook there is no entry to show."""

    entry: Row | None
    conversation: Row | None
    is_repeat: bool


def accept(tx: Tx, arrival: Arrival) -> Accepted:
    """Turn an arrival into an entry on its customer's timeline, with its to-dos, or find it there.

    Raises:
        Invalid, TooLarge: nothing to say, characters no store can carry, too long, too many files.
        NotFound: a file that is not the sender's.
    """
    texts.check(arrival.text, may_be_empty=bool(arrival.files or arrival.answers))
    if len(arrival.files) > MAX_FILES:
        raise Invalid(f"at most {MAX_FILES} files in one message", field="attachments")
    if arrival.external_id is not None and not _is_new(tx, arrival):
        return Accepted(None, None, True)
    who = identity.resolve(tx, arrival.address, name=arrival.name)
    timeline.lock(tx, who.customer_id)
    author_id = who.id
    before = timeline.sent_before(tx, author_id, arrival.client_key)
    if before is not None:
        return Accepted(before, conversations.get(tx, before.conversation_id), True)
    return _take(tx, arrival, who)


def taking(account: Row, inbound: Inbound, files: Sequence[str] = ()) -> Callable[[Tx], Outcome]:
    """What to write for one parsed fact of a webhook, a message or a receipt; made outside the transaction.

    Raises: Invalid (a call, where none are taken), and the function raises what `accept` does.
    """
    if isinstance(inbound, InboundMessage):
        arrival = Arrival(
            account=account,
            address=inbound.sender,
            text=inbound.text,
            name=inbound.sender_name,
            external_id=inbound.external_id,
            files=files,
            at=inbound.at,
        )
        return lambda tx: Outcome(inbound.external_id, "repeated" if accept(tx, arrival).is_repeat else "taken")
    if isinstance(inbound, Receipt):
        return lambda tx: _take_receipt(tx, account, inbound)
    raise Invalid("calls are not taken on this account")


def take_inbound(tx: Tx, account: Row, inbound: Inbound, files: Sequence[str] = ()) -> Outcome:
    """Accept one parsed fact; `taking` hears the language outside the transaction and is better on hot paths."""
    return taking(account, inbound, files)(tx)


def _take_receipt(tx: Tx, account: Row, receipt: Receipt) -> Outcome:
    if tx.one(_TAKE, account_id=account.id, external_id=receipt.external_id, at=tx.now) is None:
        return Outcome(receipt.external_id, "repeated")
    delivery.receive(tx, account.id, receipt)
    return Outcome(receipt.external_id, "taken")


def _is_new(tx: Tx, arrival: Arrival) -> bool:
    return tx.one(_TAKE, account_id=arrival.account.id, external_id=arrival.external_id, at=tx.now) is not None


def _take(tx: Tx, arrival: Arrival, who: Row) -> Accepted:
    language = _language(tx, arrival, who.customer_id)
    where = placement.Where(
        arrival.account, arrival.account.channel, who.id, language, arrival.link, arrival.conversation_id
    )
    conversation, is_new = placement.place(tx, who.customer_id, where)
    if is_new or conversation.address_id != who.id:
        conversations.join(tx, conversation.id, "customer", who.id, arrival.name)
    body: dict[str, Any] = {"text": arrival.text}
    if arrival.answers:
        body["answers"] = arrival.answers
    entry = timeline.append(
        tx,
        who.customer_id,
        conversation.id,
        "message",
        body,
        author=Actor("customer", who.id, arrival.name),
        audience="everyone",
        direction="in",
        channel=arrival.account.channel,
        address_id=who.id,
        client_key=arrival.client_key,
        external_id=arrival.external_id,
        at=arrival.at,
        files=arrival.files,
        upload_owner=arrival.upload_owner,
    )
    conversation = conversations.touch(
        tx,
        conversation,
        entry,
        arrival.text or attachments.preview(arrival.files),
        channel=arrival.account.channel,
        account_id=arrival.account.id,
        address_id=who.id,
        language=language,
    )
    return Accepted(entry, _react(tx, conversation, arrival.text), False)


def _react(tx: Tx, conversation: Row, text: str) -> Row:
    """Leave the to-dos. Asking for a person is seen here, outside any bot turn, and cancels it."""
    if conversation.owner_kind == "agent":
        return conversation
    if conversation.owner_kind == "queue":
        return conversation if conversation.handoff_id else handoff.line_up(tx, conversation)
    if wishes.wants_person(text):
        handoff.to_queue(
            tx, conversation, bots.stop_flow(tx, conversation), conversation.queue_id, reason="asked_for_person"
        )
        return conversations.get(tx, conversation.id)
    bots.call(tx, conversation)
    return conversation


def _language(tx: Tx, arrival: Arrival, customer_id: str) -> str:
    """The customer's language: kept until two clear messages in a row say otherwise."""
    customer = identity.customer(tx, customer_id)
    if customer.language and customer.language_heard == customer.language == (arrival.heard or customer.language):
        return str(customer.language)
    link = arrival.link.language if arrival.link is not None else None
    kept = languages.choose(
        languages.ui_language(customer.language),
        (customer.language_heard or None, arrival.heard),
        arrival.language,
        link,
    )
    heard = arrival.heard or customer.language_heard
    if (kept, heard) != (customer.language, customer.language_heard):
        identity.describe(tx, customer_id, language=kept, language_heard=heard)
    return kept
