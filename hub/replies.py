"""What staff and bots say: a reply with its delivery, or a note for colleagues."""

from collections.abc import Sequence
from typing import Any

from hub import attachments, conversations, delivery, texts, timeline
from hub.errors import Conflict, NotOwner
from hub.ports import Actor
from hub.store import Tx
from hub.store.hot import Row


def reply(
    tx: Tx, conversation_id: str, author: Actor, text: str, *, client_key: str | None = None, files: Sequence[str] = ()
) -> Row:
    """Say something to the customer, in the conversation the author owns.

    The same `client_key` gives the same entry again, written once.

    Raises: NotFound, NotOwner, ConversationResolved, Invalid, TooLarge, Conflict (the key was used elsewhere).
    """
    texts.check(text, may_be_empty=bool(files))
    conversation = conversations.hold(tx, conversation_id)
    before = timeline.sent_before(tx, author.id, client_key)
    if before is not None:
        return _same(before, conversation)
    conversations.require_open(conversation)
    if conversation.owner_kind != author.kind or conversation.owner_id != author.id:
        raise NotOwner(
            "take the conversation first; only its owner writes to the customer", owner=conversation.owner_id
        )
    return say(tx, conversation, author, {"text": text}, client_key=client_key, files=files)


def say(
    tx: Tx,
    conversation: Row,
    author: Actor,
    body: dict[str, Any],
    *,
    client_key: str | None = None,
    files: Sequence[str] = (),
) -> Row:
    """Write a message to the customer of a held conversation and line up its delivery."""
    entry = timeline.append(
        tx,
        conversation.log_id,
        conversation.id,
        "message",
        body,
        author=author,
        audience="everyone",
        direction="out",
        channel=conversation.channel,
        client_key=client_key,
        files=files,
        deliveries=1 if conversation.address_id else 0,
    )
    if conversation.address_id:
        delivery.queue(
            tx,
            entry,
            account_id=conversation.account_id,
            address_id=conversation.address_id,
            channel=conversation.channel,
        )
    conversations.touch(tx, conversation, entry, body["text"] or attachments.preview(files))
    return entry


def note(
    tx: Tx, conversation_id: str, author: Actor, text: str, *, client_key: str | None = None, files: Sequence[str] = ()
) -> Row:
    """Write something only staff can see; anybody who may see the conversation may.

    Raises: NotFound, Invalid, TooLarge, Conflict (the key was used elsewhere).
    """
    texts.check(text, may_be_empty=bool(files))
    conversation = conversations.hold(tx, conversation_id)
    before = timeline.sent_before(tx, author.id, client_key)
    if before is not None:
        return _same(before, conversation)
    return timeline.append(
        tx,
        conversation.log_id,
        conversation.id,
        "note",
        {"text": text},
        author=author,
        audience="staff",
        channel=conversation.channel,
        client_key=client_key,
        files=files,
    )


def _same(before: Row, conversation: Row) -> Row:
    """The entry that was written with this key, if it is the same message."""
    if before.conversation_id != conversation.id:
        raise Conflict("this key was used for another message", client_key=before.client_key)
    return before
