"""A small pretend bank: people, queues, ways to be reached, links and bot flows.

The caller hashes passwords, seals secrets and commits; here is only what the bank consists of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub import accounts, bots, links, queues, staff
from hub.flows import schema
from hub.flows.schema import Flow
from hub.models import Meta
from hub.models.base import table
from hub.store import Tx
from hub.store.hot import Row

WIDGET_KEY = "wk_harbour_bank"
LOOPBACK_KEY = "loopback"
SEEDED = "demo"

GREETING = {
    "en": "Hello! How can we help you today?",
    "zh-Hans": "您好！请问要办什么？",
    "zh-Hant": "您好！請問要辦什麼？",
}
BOT_NAMES = {"en": "Harbour Bank bot", "zh-Hans": "海港银行机器人", "zh-Hant": "海港銀行機器人"}
BRAND = {"name": "Harbour Bank", "colour": "#1d5b4f"}

QUEUES = {
    "cards": {"en": "Cards", "zh-Hans": "信用卡", "zh-Hant": "信用卡"},
    "insurance": {"en": "Insurance", "zh-Hans": "保险", "zh-Hant": "保險"},
    "risk": {"en": "Risk", "zh-Hans": "风险", "zh-Hant": "風險"},
    "general": {"en": "General", "zh-Hans": "综合", "zh-Hant": "綜合"},
}
DISPOSITIONS = (
    ("solved", {"en": "Solved", "zh-Hans": "已解决", "zh-Hant": "已解決"}),
    ("card_replaced", {"en": "Card replaced", "zh-Hans": "已换卡", "zh-Hant": "已換卡"}),
    ("payment_taken", {"en": "Payment taken", "zh-Hans": "已收款", "zh-Hant": "已收款"}),
    ("passed_on", {"en": "Passed on", "zh-Hans": "已转交", "zh-Hant": "已轉交"}),
    ("no_answer", {"en": "No answer from the customer", "zh-Hans": "客户未回复", "zh-Hant": "客戶未回覆"}),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo bank, known by the name before the @."""

    name: str
    role: str
    queues: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    skills: tuple[str, ...] = ()


PEOPLE: Mapping[str, Person] = {
    "amy": Person("Amy Lindqvist", "agent", ("cards", "general"), skills=("cards",)),
    "ben": Person("Ben Okafor", "agent", ("risk", "insurance"), skills=("risk", "on_call")),
    "mia": Person("Mia Chen", "agent", ("cards", "insurance", "general"), ("zh", "en"), ("cards",)),
    "sue": Person("Sue Harper", "supervisor"),
    "ada": Person("Ada Nowak", "admin"),
    "pat": Person("Pat Doyle (FixIt)", "partner"),
}


@dataclass(frozen=True, slots=True)
class Demo:
    """What was made. Agents by the name before the @, queues by slug; tokens are shown once."""

    agents: Mapping[str, Row]
    tokens: Mapping[str, str]
    queues: Mapping[str, Row]
    webchat: Row
    loopback: Row
    links: tuple[Row, ...]


def email(who: str) -> str:
    """The address a demo person logs in with."""
    return f"{who}@demo.example"


def is_seeded(tx: Tx) -> bool:
    """Whether this store holds the demo bank already."""
    meta = table(Meta)
    return tx.first(meta.select().where(meta.c.name == SEEDED)) is not None


def seed(
    tx: Tx,
    *,
    secret_key: str,
    password_hashes: Mapping[str, str],
    origins: Sequence[str] = (),
    widget_secret: str = "",
    loopback_secret: str = "",
    flows: Sequence[Flow] | None = None,
    loopback_settings: Mapping[str, object] | None = None,
) -> Demo:
    """Make the bank in an empty store.

    `password_hashes` are by demo name, the secrets are sealed, `origins` are sites that may show the widget;
    `secret_key` signs the links.
    """
    for flow in schema.load_all() if flows is None else flows:
        bots.publish(tx, flow)
    lines = {slug: queues.add(tx, slug, names) for slug, names in QUEUES.items()}
    for rank, (slug, names) in enumerate(DISPOSITIONS):
        staff.add_disposition(tx, slug, names, rank=rank)
    agents = {who: _add(tx, who, person, lines, password_hashes[who]) for who, person in PEOPLE.items()}
    webchat = accounts.add(
        tx,
        channel="webchat",
        adapter="webchat",
        name=BRAND["name"],
        key=WIDGET_KEY,
        queue_id=lines["general"].id,
        flow=bots.WELCOME,
        sealed_secret=widget_secret,
        settings={
            "bot_names": BOT_NAMES,
            "greeting": GREETING,
            "brand": BRAND,
            "origins": list(origins),
            "pre_chat": ["name"],
        },
    )
    loopback = accounts.add(
        tx,
        channel="loopback",
        adapter="loopback",
        name="Loopback",
        key=LOOPBACK_KEY,
        address="loopback:bank",
        queue_id=lines["general"].id,
        flow=bots.WELCOME,
        sealed_secret=loopback_secret,
        settings={"bot_names": BOT_NAMES, **(loopback_settings or {})},
    )
    tokens = {who: staff.make_token(tx, row.id, "demo")[1] for who, row in agents.items()}
    made = _links(tx, secret_key, webchat, lines, by=agents["ada"].id)
    tx.do(table(Meta).insert().values(name=SEEDED, value="1"))
    return Demo(agents, tokens, lines, webchat, loopback, made)


def _add(tx: Tx, who: str, person: Person, lines: Mapping[str, Row], password_hash: str) -> Row:
    return staff.add(
        tx,
        email=email(who),
        name=person.name,
        role=person.role,
        password_hash=password_hash,
        queue_ids=tuple(lines[slug].id for slug in person.queues),
        skills=person.skills,
        languages=person.languages,
    )


def _links(tx: Tx, secret_key: str, webchat: Row, lines: Mapping[str, Row], *, by: str) -> tuple[Row, ...]:
    """One code as on a card's letter, one as on a poster in Chinese."""
    letter = links.create(
        tx,
        secret_key,
        account=webchat,
        campaign="card-letter",
        label="Letter with the new card",
        queue_id=lines["cards"].id,
        flow="card-misspelt",
        by=by,
    )
    poster = links.create(
        tx,
        secret_key,
        account=webchat,
        campaign="branch-poster",
        label="海报 · Poster",
        queue_id=lines["insurance"].id,
        language="zh-Hans",
        claimed={"branch": "Harbour Road"},
        by=by,
    )
    return letter, poster
