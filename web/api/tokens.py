"""Bearer tokens for programs, each acting as the agent who made it."""

from pydantic import Field
from typing_extensions import TypedDict

from hub import audit, staff
from hub.clock import to_text
from hub.errors import Conflict
from hub.store import Tx
from hub.store.hot import Row
from web.auth import StaffCall
from web.endpoint import Body, Endpoints

routes = Endpoints("Tokens", "staff")
ROUTES = (routes,)
MAX_TOKENS = 20


class NewToken(Body):
    """What it is for."""

    name: str = Field(min_length=1, max_length=100)


class Token(TypedDict):
    """A token, without its secret."""

    id: str
    name: str
    created_at: str
    used_at: str | None


class FreshToken(Token):
    """A token, with its secret this once."""

    token: str


class TokenList(TypedDict):
    """The asker's tokens."""

    items: list[Token]
    next: str | None


@routes.add("GET", "/api/v1/tokens")
async def list_tokens(call: StaffCall) -> TokenList:
    """The asker's tokens that still hold."""
    return await call.hub.store.read(
        lambda tx: {"items": [_token(row) for row in staff.tokens(tx, call.who.id)], "next": None}
    )


@routes.add("POST", "/api/v1/tokens", status=201, errors=(Conflict,), is_secret=True)
async def create_token(call: StaffCall, body: NewToken) -> FreshToken:
    """Make a token. Its secret is shown in this answer and never again."""

    def write(tx: Tx) -> FreshToken:
        if len(staff.tokens(tx, call.who.id)) >= MAX_TOKENS:
            raise Conflict(f"at most {MAX_TOKENS} tokens; revoke one first")
        row, token = staff.make_token(tx, call.who.id, body.name)
        audit.note(tx, call.who.actor, "create", "token", row.id)
        return {**_token(row), "token": token}

    return await call.hub.store.write(write)


@routes.add("DELETE", "/api/v1/tokens/{id}", status=204)
async def revoke_token(call: StaffCall) -> None:
    """The token is worth nothing from now on."""

    def write(tx: Tx) -> None:
        staff.revoke_token(tx, call.who.id, call.path("id"))
        audit.note(tx, call.who.actor, "revoke", "token", call.path("id"))

    await call.hub.store.write(write)


def _token(row: Row) -> Token:
    used_at = to_text(row.used_at) if row.used_at is not None else None
    return {"id": row.id, "name": row.name, "created_at": to_text(row.created_at), "used_at": used_at}
