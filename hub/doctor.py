"""What is wrong, if anything, and what to do about it: `python -m hub doctor`."""

from dataclasses import dataclass

from sqlalchemy import func, select

from hub import delivery
from hub.clock import SECOND
from hub.errors import HubError
from hub.models import ChannelAccount, DeadLetter, OutboxKey, RawInbound
from hub.models.base import table
from hub.ports import Reconciles
from hub.runtime import Hub
from hub.sending import account_of
from hub.store import Tx

LATE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    about: str
    text: str
    is_wrong: bool = False

    def __str__(self) -> str:
        """A line for people."""
        return f"{'WRONG' if self.is_wrong else 'ok':<6} {self.about}: {self.text}"


async def examine(hub: Hub) -> list[Finding]:
    """Look at everything; nothing is changed but deliveries whose provider knows better."""
    findings = [_settings(hub), await _database(hub), _bus(hub), await _blobs(hub)]
    if findings[1].is_wrong:
        return findings
    findings += await hub.store.read(_todos)
    findings += await hub.store.read(lambda tx: _channels(tx, hub))
    findings.append(await _ledger(hub))
    return findings


def _settings(hub: Hub) -> Finding:
    return Finding("settings", f"served as {hub.settings.base_url}, kept in {hub.settings.home}")


async def _database(hub: Hub) -> Finding:
    try:
        await hub.store.write(lambda tx: tx.first(select(func.count()).select_from(table(DeadLetter))))
    except HubError as error:
        return Finding("database", error.message, True)
    return Finding("database", f"{hub.store.engine_name}, written and read")


def _bus(hub: Hub) -> Finding:
    if not hub.settings.redis_url:
        return Finding("bus", "within this process")
    return Finding("bus", "Redis answers" if hub.bus.is_up else "Redis does not answer", not hub.bus.is_up)


async def _blobs(hub: Hub) -> Finding:
    try:
        name = await hub.blobs.put(b"doctor")
        await hub.blobs.get(name)
        await hub.blobs.delete(name)
    except HubError as error:
        return Finding("files", error.message, True)
    return Finding("files", "written, read and deleted")


def _todos(tx: Tx) -> list[Finding]:
    lines, dead, raw = table(OutboxKey), table(DeadLetter), table(RawInbound)
    late = tx.first(select(func.count()).select_from(lines).where(lines.c.due_at < tx.now - LATE_SECONDS * SECOND))
    buried = tx.first(select(func.count()).select_from(dead))
    unread = tx.first(select(func.count()).select_from(raw).where(raw.c.state == "kept", raw.c.error != ""))
    assert late is not None
    assert buried is not None
    assert unread is not None
    return [
        Finding("to-dos", f"{late[0]} lines are over a minute late; is `work` running?", late[0] > 0)
        if late[0]
        else Finding("to-dos", "in time"),
        Finding("dead letters", f"{buried[0]} to-dos failed for good", buried[0] > 0),
        Finding("unreadable requests", f"{unread[0]} kept; `replay` feeds them again", unread[0] > 0),
    ]


def _channels(tx: Tx, hub: Hub) -> list[Finding]:
    accounts = table(ChannelAccount)
    findings = []
    for row in tx.all(select(accounts).where(accounts.c.disabled_at.is_(None)).order_by(accounts.c.id)):
        has_adapter = row.channel == "webchat" or row.adapter in hub.adapters
        text = "ready" if has_adapter else f"no adapter named {row.adapter} is installed"
        findings.append(Finding(f"channel {row.channel} ({row.name})", text, not has_adapter))
    return findings


async def _ledger(hub: Hub) -> Finding:
    """Ask providers about deliveries whose end nobody knows, where they can be asked."""
    unknown = await hub.store.read(lambda tx: delivery.in_state(tx, "unknown"))
    settled = 0
    for row, account_row in unknown:
        adapter = hub.adapters.get(account_row.adapter)
        if not isinstance(adapter, Reconciles):
            continue
        account = account_of(account_row, hub.sealer)
        found = await adapter.look_up(account, row.id)
        if found is not None:
            account_id = account.id
            await hub.store.write(lambda tx: delivery.receive(tx, account_id, found))  # noqa: B023
            settled += 1
    left = len(unknown) - settled
    counts = await hub.store.read(delivery.count_by_state)
    text = f"{counts.get('queued', 0)} queued, {counts.get('failed', 0)} failed, {left} with unknown end"
    return Finding("ledger", text, left > 0)
