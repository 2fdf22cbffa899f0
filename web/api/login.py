"""Log in, log out, and what is an agent's own."""

import asyncio
import hashlib
from typing import Any, Literal

from pydantic import Field
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict

from hub import access, audit, availability, languages, passwords, queues, staff
from hub.errors import Invalid, Unauthenticated
from hub.store import Tx
from web import auth, represent
from web.auth import Call, StaffCall
from web.endpoint import ANYBODY, Body, Endpoints, Rate
from web.queries import availabilities
from web.represent import shapes
from web.represent.words import name_in

TRIES, TRY_SECONDS = 5, 900
PER_NETWORK = Rate("login", 100, TRY_SECONDS)
PROGRAM_LEASE_SECONDS = 300
MAX_SETTINGS = 40

public = Endpoints("Log in", "public")
routes = Endpoints("Log in", "staff")
ROUTES = (public, routes)


class Credentials(Body):
    """What an agent types."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=1000)


class OwnChange(Body):
    """What agents may change of their own; the rest of them is an administrator's to change."""

    state: Literal["online", "away"] | None = None
    locale: Literal["en", "zh-Hans", "zh-Hant"] | None = None
    settings: dict[str, Any] | None = None
    capacity: int | None = Field(default=None, ge=0, le=50)


class LoggedIn(TypedDict):
    """A fresh log-in. `csrf` goes into the header X-CSRF-Token of every write."""

    agent: shapes.Agent
    csrf: str


class Disposition(TypedDict):
    """How a conversation may end."""

    id: str
    label: str


class Me(TypedDict):
    """The asker and the standing facts of their work."""

    agent: shapes.Agent
    csrf: str
    queues: list[shapes.Queue]
    agents: list[shapes.AgentShort]
    dispositions: list[Disposition]


class Mine(TypedDict):
    """The asker after a change."""

    agent: shapes.Agent


@public.add("POST", "/api/v1/login", rate=PER_NETWORK, errors=(Unauthenticated,))
async def log_in(call: Call, body: Credentials) -> LoggedIn:
    """Log in with email and password.

    Sets the cookie. Five tries in a quarter of an hour per account and address; a wrong password and an
    unknown email are answered alike.
    """
    hub = call.hub
    who = hashlib.sha256(f"{body.email.strip().casefold()}\n{auth.network_of(call.ip)}".encode()).hexdigest()
    round_key = f"login-round:{who}"
    turn = await hub.bus.get(round_key) or 0
    await auth.limit(hub, f"login:{who}:{turn}", TRIES, TRY_SECONDS)
    row = await hub.store.read(lambda tx: staff.by_email(tx, body.email))
    slots: asyncio.Semaphore = call.request.app.state.password_slots
    async with slots:
        known = row.password_hash or None if row is not None else None  # no hash, no log-in
        is_right = await asyncio.to_thread(passwords.is_right, known, body.password)
    if not is_right or row is None:
        raise Unauthenticated("the email or the password is wrong")
    await hub.bus.put(round_key, turn + 1, TRY_SECONDS)
    before = call.request.cookies.get(auth.cookie_name(hub.settings), "")

    def enter(tx: Tx) -> tuple[shapes.Agent, str, str]:
        if before:
            staff.log_out(tx, before)
        token, csrf = staff.log_in(tx, row.id)
        audit.note(tx, access.viewer(tx, row.id).actor, "login", "agent", row.id)
        return _agent(tx, row.id), token, csrf

    agent, token, csrf = await hub.store.write(enter)
    response = JSONResponse(LoggedIn(agent=agent, csrf=csrf), headers={"Cache-Control": "no-store"})
    auth.set_cookie(hub.settings, response, token)
    return response  # type: ignore[return-value]


@routes.add("POST", "/api/v1/logout", roles=ANYBODY, status=204)
async def log_out(call: StaffCall) -> None:
    """End this log-in, here and at once."""
    token = call.request.cookies.get(auth.cookie_name(call.hub.settings), "")

    def leave(tx: Tx) -> None:
        staff.log_out(tx, token)
        audit.note(tx, call.who.actor, "logout", "agent", call.who.id)
        tx.hint("logout", call.who.id)

    await call.hub.store.write(leave)
    response = Response(status_code=204, headers={"Cache-Control": "no-store", "Clear-Site-Data": '"cache"'})
    auth.drop_cookie(call.hub.settings, response)
    return response  # type: ignore[return-value]


@routes.add("GET", "/api/v1/me", roles=ANYBODY)
async def me(call: StaffCall) -> Me:
    """The asker: who they are, their queues, colleagues and dispositions, and the CSRF token."""

    def read(tx: Tx) -> Me:
        agent = _agent(tx, call.who.id)
        locale = agent["locale"]
        own = [row for row in queues.all_queues(tx) if call.who.sees_all or row.id in call.who.queue_ids]
        return {
            "agent": agent,
            "csrf": call.csrf,
            "queues": [represent.queue(row, tx.now, locale) for row in own],
            "agents": colleagues(tx) if call.who.role != "partner" else [],
            "dispositions": [{"id": row.id, "label": name_in(row.names, locale)} for row in staff.dispositions(tx)],
        }

    return await call.hub.store.read(read)


@routes.add("PATCH", "/api/v1/me", roles=ANYBODY)
async def change_me(call: StaffCall, body: OwnChange) -> Mine:
    """Change one's own state, language, settings or capacity.

    A program that goes online this way stays so for five minutes; a console renews it by its socket.
    """
    if body.settings is not None and len(body.settings) > MAX_SETTINGS:
        raise Invalid(f"at most {MAX_SETTINGS} settings", field="settings")
    lease = availability.LEASE_SECONDS if call.login is not None else PROGRAM_LEASE_SECONDS

    def write(tx: Tx) -> Mine:
        given = {"locale": body.locale and languages.ui_language(body.locale), "settings": body.settings}
        values = {name: value for name, value in given.items() if value is not None}
        if values:
            staff.change(tx, call.who.id, **values)
        if body.capacity is not None:
            availability.set_capacity(tx, call.who.id, body.capacity)
        if body.state is not None:
            availability.set_state(tx, call.who.id, body.state, seconds=lease)
        return {"agent": _agent(tx, call.who.id)}

    return await call.hub.store.write(write)


def colleagues(tx: Tx) -> list[shapes.AgentShort]:
    """Everybody who may log in, with their state."""
    there = availabilities(tx)
    works = staff.queues_by_agent(tx)
    return [represent.agent_short(row, there.get(row.id), works.get(row.id, ())) for row in staff.everybody(tx)]


def _agent(tx: Tx, agent_id: str) -> shapes.Agent:
    return represent.agent(staff.get(tx, agent_id), availability.get(tx, agent_id), staff.queues_of(tx, agent_id))
