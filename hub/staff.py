"""Agents and their log-ins and tokens. Passwords are hashed by the caller, outside a transaction."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from hub import availability
from hub.clock import HOUR, MINUTE
from hub.errors import Conflict, Invalid, NotFound, Unauthenticated
from hub.ids import new_id, new_token
from hub.models import Agent, AgentLogin, ApiToken, Disposition, QueueMember
from hub.models.base import table
from hub.store import Hot, Tx
from hub.store.hot import Row
from hub.visitors import digest

ROLES = ("agent", "supervisor", "admin", "partner")
ABSOLUTE, IDLE = 12 * HOUR, 60 * MINUTE
SEEN_STEP = MINUTE

_agent, _login, _token = table(Agent), table(AgentLogin), table(ApiToken)
_works, _end = table(QueueMember), table(Disposition)

_LOGIN = Hot(select(_login).where(_login.c.token_hash == bindparam("hash")))
_TOKEN = Hot(select(_token).where(_token.c.token_hash == bindparam("hash")))


def add(
    tx: Tx,
    *,
    email: str,
    name: str,
    role: str,
    password_hash: str,
    queue_ids: tuple[str, ...] = (),
    skills: tuple[str, ...] = (),
    languages: tuple[str, ...] = ("en",),
    locale: str = "en",
    capacity: int = 4,
) -> Row:
    """A new agent, offline. Raises Invalid, Conflict (the address is taken)."""
    if role not in ROLES:
        raise Invalid(f"role is one of {', '.join(ROLES)}", field="role")
    mail = email.strip().casefold()
    if "@" not in mail or len(mail) > 254:
        raise Invalid("this is not an email address", field="email")
    row = tx.first(
        insert(_agent)
        .on_conflict_do_nothing(index_elements=["email"])
        .values(
            id=new_id("agt"),
            email=mail,
            name=name.strip() or mail,
            role=role,
            password_hash=password_hash,
            skills=list(skills),
            languages=list(languages),
            locale=locale,
            settings={},
            see_history=True,
            access_epoch=1,
            created_at=tx.now,
        )
        .returning(_agent)
    )
    if row is None:
        raise Conflict("an agent with this address is there already")
    availability.register(tx, row.id, capacity)
    for queue_id in queue_ids:
        tx.do(_works.insert().values(queue_id=queue_id, agent_id=row.id))
    return row


def by_email(tx: Tx, email: str) -> Row | None:
    """The agent with this address, if there is one and they may log in."""
    row = tx.first(select(_agent).where(_agent.c.email == email.strip().casefold()))
    return row if row is not None and row.disabled_at is None else None


def get(tx: Tx, agent_id: str) -> Row:
    """One agent. Raises NotFound."""
    row = tx.first(select(_agent).where(_agent.c.id == agent_id))
    if row is None:
        raise NotFound("no such agent")
    return row


def everybody(tx: Tx) -> list[Row]:
    """All agents who may log in, by name."""
    return tx.all(select(_agent).where(_agent.c.disabled_at.is_(None)).order_by(_agent.c.name, _agent.c.id).limit(1000))


def queues_of(tx: Tx, agent_id: str) -> list[str]:
    """Ids of the queues an agent works in."""
    return [
        r.queue_id
        for r in tx.all(select(_works.c.queue_id).where(_works.c.agent_id == agent_id).order_by(_works.c.queue_id))
    ]


def queues_by_agent(tx: Tx) -> dict[str, list[str]]:
    """Ids of the queues of everybody who works in one."""
    found: dict[str, list[str]] = {}
    for row in tx.all(select(_works).order_by(_works.c.queue_id)):
        found.setdefault(row.agent_id, []).append(row.queue_id)
    return found


def change(tx: Tx, agent_id: str, **values: Any) -> Row:
    """Set columns of an agent."""
    tx.do(update(_agent).where(_agent.c.id == agent_id).values(**values))
    tx.hint("agent", agent_id)
    return get(tx, agent_id)


def dispositions(tx: Tx) -> list[Row]:
    """How conversations may end, in the order of the list."""
    return tx.all(select(_end).order_by(_end.c.rank, _end.c.slug).limit(500))


def add_disposition(tx: Tx, slug: str, names: Mapping[str, str], *, rank: int = 0) -> None:
    """One more way to end a conversation."""
    tx.do(_end.insert().values(id=new_id("dsp"), slug=slug, names=dict(names), rank=rank))


def log_in(tx: Tx, agent_id: str) -> tuple[str, str]:
    """A fresh log-in: the cookie's token and the CSRF token."""
    token, csrf, now = new_token(), new_token(), tx.now
    tx.do(
        _login.insert().values(
            id=new_id("ses"),
            token_hash=digest(token),
            csrf=csrf,
            agent_id=agent_id,
            created_at=now,
            seen_at=now,
            expires_at=now + ABSOLUTE,
        )
    )
    return token, csrf


def by_login(tx: Tx, token: str) -> Row:
    """The log-in behind a cookie, while it is young and used. Raises Unauthenticated."""
    row, now = tx.one(_LOGIN, hash=digest(token)), tx.now
    if row is None or row.expires_at <= now or row.seen_at <= now - IDLE:
        raise Unauthenticated("log in again")
    return row


def saw_login(tx: Tx, login_id: str) -> None:
    """The log-in was used; ask only when `needs_seeing`."""
    tx.do(update(_login).where(_login.c.id == login_id).values(seen_at=tx.now))


def needs_seeing(login: Row, now: int) -> bool:
    """True at most once a minute, so that reading does not mean writing."""
    return bool(login.seen_at <= now - SEEN_STEP)


def log_out(tx: Tx, token: str) -> str | None:
    """End a log-in; gives whose it was."""
    row = tx.first(delete(_login).where(_login.c.token_hash == digest(token)).returning(_login.c.agent_id))
    if row is None:
        return None
    tx.hint("logout", row.agent_id)
    return str(row.agent_id)


def make_token(tx: Tx, agent_id: str, name: str) -> tuple[Row, str]:
    """A bearer token for programs; shown once, kept as a hash."""
    token = f"hub_{new_token()}"
    row = tx.first(
        _token.insert()
        .values(id=new_id("tok"), agent_id=agent_id, name=name, token_hash=digest(token), created_at=tx.now)
        .returning(_token)
    )
    assert row is not None
    return row, token


def by_token(tx: Tx, token: str) -> Row:
    """The API token, if it still holds. Raises Unauthenticated."""
    row = tx.one(_TOKEN, hash=digest(token))
    if row is None or row.revoked_at is not None:
        raise Unauthenticated("this token is not good")
    return row


def tokens(tx: Tx, agent_id: str) -> list[Row]:
    """The tokens of an agent that still hold."""
    return tx.all(
        select(_token)
        .where(_token.c.agent_id == agent_id, _token.c.revoked_at.is_(None))
        .order_by(_token.c.id)
        .limit(100)
    )


def revoke_token(tx: Tx, agent_id: str, token_id: str) -> None:
    """The token is worth nothing from now on. Raises NotFound."""
    if not tx.do(
        update(_token)
        .where(_token.c.id == token_id, _token.c.agent_id == agent_id, _token.c.revoked_at.is_(None))
        .values(revoked_at=tx.now)
    ):
        raise NotFound("no such token")
