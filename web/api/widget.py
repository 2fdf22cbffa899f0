"""The customer's door over HTTP: greet, be vouched for, be forgotten. Talking goes over the socket."""

from typing import Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from hub import bots, identity, languages, links, queues, visitors, vouching
from hub.errors import Forbidden, NotFound, Unauthenticated
from hub.flows.schema import Language, text_in
from hub.ports import AddressValue
from hub.sending import account_of
from hub.store import Tx
from hub.store.hot import Row
from web import auth
from web.auth import Call
from web.endpoint import Body, Endpoints, Rate
from web.represent.words import name_in, when_back

routes = Endpoints("Widget", "public")
ROUTES = (routes,)
GREETINGS = Rate("greet", 1200, 60)
IDENTIFYING = Rate("identify", 60, 60)
NEW_VISITORS, NEW_SECONDS = 600, 600


class Greeting(Body):
    """What the panel tells when it opens."""

    key: str = Field(max_length=200)
    token: str | None = Field(None, max_length=200)
    link: str | None = Field(None, max_length=100)
    language: str | None = Field(None, max_length=100)
    page: str | None = Field(None, max_length=2000)


class Identification(Body):
    """The panel's token, and the host site's word for who this is."""

    token: str = Field(max_length=200)
    jwt: str = Field(max_length=8192)


class Reset(Body):
    """The token that shall be worth nothing from now on."""

    token: str = Field(max_length=200)


class Suggestion(TypedDict):
    """A button that starts a flow."""

    flow: str
    label: str


class WidgetHours(TypedDict):
    """Whether people are there, and when they are."""

    open: bool
    text: str


class WidgetConfig(TypedDict):
    """How the widget looks and what it says."""

    name: str
    brand: str | None
    greeting: str
    locale: Literal["en", "zh-Hans", "zh-Hant"]
    pre_chat: list[Any]
    suggestions: list[Suggestion]
    hours: WidgetHours


class OpenedLink(TypedDict):
    """The link the browser came through."""

    campaign: str
    language: str


class Welcome(TypedDict):
    """The browser's token and the widget's settings."""

    token: str
    visitor: str
    config: WidgetConfig
    link: OpenedLink | None


class Identified(TypedDict):
    """The token to use from now on."""

    token: str
    visitor: str


@routes.add("POST", "/widget/session", rate=GREETINGS, errors=(NotFound, Unauthenticated))
async def greet(call: Call, body: Greeting) -> Welcome:
    """Begin or go on in this browser.

    Without a token a new anonymous visitor is made; a token of another widget is refused. No customer
    exists before the first message.
    """
    hub = call.hub
    if body.token is None:
        count = hub.settings.scaled(NEW_VISITORS)
        await auth.limit(hub, f"visitors:{auth.network_of(call.ip)}", count, NEW_SECONDS)

    def write(tx: Tx) -> Welcome:
        account = visitors.account_by_key(tx, body.key)
        link = links.open_code(tx, hub.settings.secret_key, body.link) if body.link else None
        if link is not None and link.account_id != account.id:
            raise NotFound("this link is not one of ours")
        locale = languages.ui_language(body.language) or languages.ui_language(link and link.language) or "en"
        visitor, token = _visitor(tx, account, body, locale, link)
        return {
            "token": token,
            "visitor": visitor.id,
            "config": _config(tx, account, link, locale),
            "link": {"campaign": link.campaign, "language": link.language} if link is not None else None,
        }

    return await hub.store.write(write)


@routes.add("POST", "/widget/identify", rate=IDENTIFYING, errors=(Unauthenticated, Forbidden))
async def identify(call: Call, body: Identification) -> Identified:
    """The host site vouches for its visitor by a signed token.

    From then on this browser sees the conversations of that person, under a new token; what it said
    before as nobody stays where it was.
    """
    hub = call.hub

    def look(tx: Tx) -> tuple[Row, Row]:
        visitor = visitors.by_token(tx, body.token)
        return visitor, visitors.account(tx, visitor.account_id)

    visitor, account = await hub.store.read(look)
    secret = account_of(account, hub.sealer).secret
    said = vouching.verify(body.jwt, secret, audience=account.key, now=hub.clock.now())
    address = AddressValue("user", f"{account.key}:{said.subject}")
    if (visitor.scheme, visitor.value) == (address.scheme, address.value):
        return {"token": body.token, "visitor": visitor.id}

    def write(tx: Tx) -> Identified:
        visitors.by_token(tx, body.token)
        visitors.revoke(tx, visitor.id)
        row, token = visitors.open_visitor(
            tx, account, locale=visitor.locale, page=visitor.page, link_id=visitor.link_id, address=address
        )
        if said.name and not identity.customer(tx, row.customer_id).name:
            identity.describe(tx, row.customer_id, name=said.name)
        return {"token": token, "visitor": row.id}

    return await hub.store.write(write)


@routes.add("POST", "/widget/reset", rate=IDENTIFYING, status=204, errors=(Unauthenticated,))
async def reset(call: Call, body: Reset) -> None:
    """The browser is somebody else from now on: its token is revoked and its sockets end."""

    def write(tx: Tx) -> None:
        visitors.revoke(tx, visitors.by_token(tx, body.token).id)

    await call.hub.store.write(write)


def _visitor(tx: Tx, account: Row, body: Greeting, locale: str, link: Row | None) -> tuple[Row, str]:
    if body.token is None:
        page = body.page if body.page and body.page.startswith(("http://", "https://")) else ""
        visitor, token = visitors.open_visitor(
            tx, account, locale=locale, page=page, link_id=link.id if link is not None else None
        )
        if link is not None:
            links.count_open(tx, link.id)
        return visitor, token
    visitor = visitors.by_token(tx, body.token)
    if visitor.account_id != account.id:
        raise Unauthenticated("this chat has ended here; start again")
    if body.language and locale != visitor.locale:
        visitors.set_locale(tx, visitor.id, locale)
    if link is not None and visitor.link_id != link.id:
        visitors.set_link(tx, visitor.id, link.id)
        links.count_open(tx, link.id)
    return visitor, body.token


def _config(tx: Tx, account: Row, link: Row | None, locale: Language) -> WidgetConfig:
    settings = account.settings
    queue = queues.get(tx, (link.queue_id if link is not None else None) or account.queue_id)
    brand = settings.get("brand", {})
    flows = [(flow.id, text_in(flow.suggestion, locale)) for flow in bots.published(tx)]
    return {
        "name": str(brand.get("name") or account.name),
        "brand": brand.get("colour"),
        "greeting": name_in(settings.get("greeting", {}), locale),
        "locale": locale,
        "pre_chat": list(settings.get("pre_chat", [])),
        "suggestions": [{"flow": id, "label": label} for id, label in flows if label],
        "hours": {"open": queues.is_open(queue.hours, tx.now), "text": when_back(queue.hours, tx.now, locale)},
    }
