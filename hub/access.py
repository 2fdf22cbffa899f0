"""Who may see and do what. Every door asks here, at every join, read and write.

Agents see conversations they own or share and those of their queues; supervisors and admins see
all. The rest of such a customer's history opens with `see_history`, else as title and state only.
A visitor sees by grant: the conversations its own address took part in (law 4).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, or_, select

from hub import conversations
from hub.errors import Forbidden, NotFound, Unauthenticated
from hub.models import Agent, Conversation, Participant, QueueMember
from hub.models.base import table
from hub.ports import Actor
from hub.store import Hot, Tx
from hub.store.hot import Row

_agent, _cnv = table(Agent), table(Conversation)
_member, _works = table(Participant), table(QueueMember)

_AGENT = Hot(
    select(_agent.c.id, _agent.c.name, _agent.c.role, _agent.c.see_history, _agent.c.disabled_at).where(
        _agent.c.id == bindparam("agent_id")
    )
)
_QUEUES = Hot(select(_works.c.queue_id).where(_works.c.agent_id == bindparam("agent_id")))
_SHARED = Hot(
    select(_member.c.id).where(
        _member.c.ref_id == bindparam("agent_id"), _member.c.conversation_id == bindparam("cnv_id")
    )
)
_GRANTS = Hot(
    select(_member.c.conversation_id)
    .where(_member.c.ref_id == bindparam("address_id"))
    .order_by(_member.c.joined_at.desc())
    .limit(50)
)

SEES_ALL = frozenset({"supervisor", "admin"})


@dataclass(frozen=True, slots=True)
class Viewer:
    """An agent as access sees them, good for one request or until the epoch of a log moves."""

    id: str
    name: str
    role: str
    queue_ids: frozenset[str]
    see_history: bool

    @property
    def sees_all(self) -> bool:
        """Supervisors and admins."""
        return self.role in SEES_ALL

    @property
    def actor(self) -> Actor:
        """The author of what this viewer does."""
        return Actor("agent", self.id, self.name)


def viewer(tx: Tx, agent_id: str) -> Viewer:
    """Load an agent's rights as they are now. Raises Unauthenticated when gone or disabled."""
    row = tx.one(_AGENT, agent_id=agent_id)
    if row is None or row.disabled_at is not None:
        raise Unauthenticated("this agent may not log in")
    queues = frozenset(q.queue_id for q in tx.run(_QUEUES, agent_id=agent_id))
    return Viewer(row.id, row.name, row.role, queues, bool(row.see_history))


def may_see(tx: Tx, who: Viewer, conversation: Row) -> bool:
    """Own, shared, in one of the viewer's queues, or the viewer sees all."""
    if who.sees_all or conversation.owner_id == who.id:
        return True
    if who.role == "agent" and conversation.queue_id in who.queue_ids:
        return True
    return tx.one(_SHARED, agent_id=who.id, cnv_id=conversation.id) is not None


def conversation(tx: Tx, who: Viewer, conversation_id: str) -> Row:
    """The conversation, if the viewer may know of it. Raises NotFound otherwise, telling nothing."""
    row = conversations.get(tx, conversation_id)
    if not may_see(tx, who, row):
        raise NotFound("no such conversation")
    return row


def require_owner(who: Viewer, row: Row) -> None:
    """Only the owner may speak to the customer. Raises NotOwner through `replies`; here: Forbidden."""
    if row.owner_kind != "agent" or row.owner_id != who.id:
        raise Forbidden("only the owner of the conversation may do this")


def require_role(who: Viewer, allowed: Iterable[str]) -> None:
    """Raises Forbidden unless the viewer has one of the roles."""
    if who.role not in allowed:
        raise Forbidden("your role does not allow this")


def may_see_customer(tx: Tx, who: Viewer, customer_id: str) -> bool:
    """True when at least one of the customer's conversations is visible to the viewer."""
    if who.sees_all:
        return True
    shared = select(_member.c.conversation_id).where(_member.c.ref_id == who.id)
    mine = [_cnv.c.owner_id == who.id, _cnv.c.id.in_(shared)]
    if who.role == "agent":
        mine.append(_cnv.c.queue_id.in_(who.queue_ids))
    found = tx.first(select(_cnv.c.id).where(_cnv.c.log_id == customer_id, or_(*mine)).limit(1))
    return found is not None


def require_customer(tx: Tx, who: Viewer, customer_id: str) -> None:
    """Raises NotFound unless the viewer may know of the customer."""
    if not may_see_customer(tx, who, customer_id):
        raise NotFound("no such customer")


def reads_history(who: Viewer) -> bool:
    """Whether all of a visible customer's conversations may be read, not only those that are the viewer's."""
    return who.sees_all or who.see_history


def hidden_conversations(tx: Tx, who: Viewer, rows: Iterable[Row]) -> frozenset[str]:
    """Conversations among these (of one visible customer) that show as title and state only."""
    if reads_history(who):
        return frozenset()
    return frozenset(row.id for row in rows if not may_see(tx, who, row))


def grants(tx: Tx, address_id: str | None) -> tuple[str, ...]:
    """Conversations a visitor's own address took part in, newest first, at most 50."""
    if address_id is None:
        return ()
    return tuple(row.conversation_id for row in tx.run(_GRANTS, address_id=address_id))


def may_read_entry(entry: Row, granted: Iterable[str], address_id: str | None) -> bool:
    """What a visitor may see: to everyone, in a granted conversation, by staff or bot or by itself."""
    if entry.audience != "everyone" or entry.conversation_id not in granted:
        return False
    return bool(entry.author_kind != "customer" or entry.address_id == address_id)
