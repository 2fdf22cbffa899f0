"""Any order of commands, on either engine: somebody owns it, the counters are true, nothing gets lost.

Hypothesis chooses the commands; after each one everything is counted anew (`tests.support.truth`).
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from hub import availability, chores, conversations, handoff, placement
from hub.errors import HubError
from hub.models import DeadLetter
from hub.models.base import table
from hub.ports import SYSTEM
from tests.support.house import Browser, House, Staff, open_house
from tests.support.truth import check, check_progress

AGENTS = ("amy", "ben", "mia")
TARGETS = ("cards", "risk", "general", *AGENTS)
SAID = st.sampled_from(["My card is misspelt", "ANA", "skip", "4021", "I want a person", "hello", "tomorrow", "!!"])


class Handoffs(RuleBasedStateMachine):
    """A bank in a database that `new_database` makes."""

    new_database: ClassVar[Callable[[], str]]
    browsers = Bundle("browsers")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opened = open_house(type(self).new_database())
        self.house: House = self.do(self.opened.__aenter__())
        self.known: list[str] = []

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def refused(self, work: Coroutine[Any, Any, Any]) -> None:
        """The command may be refused; then it must have changed nothing that counts."""
        with contextlib.suppress(HubError):
            self.do(work)

    def teardown(self) -> None:
        self.do(self.opened.__aexit__(None, None, None))
        self.runner.close()

    def staff(self, who: str) -> Staff:
        return self.house.agent(who)

    def some(self, number: int) -> str | None:
        return self.known[number % len(self.known)] if self.known else None

    @initialize(target=browsers)
    def people(self) -> Any:
        """Three agents at work and three customers, two of whom ask for a person at once."""
        self.do(self.house.online(*AGENTS))
        browsers = [self.do(self.house.visitor()) for _ in range(3)]
        for browser in browsers[:2]:
            self.known.append(self.do(browser.says("a person please")).conversation_id)
        return multiple(*browsers)

    @rule(browser=browsers, text=SAID)
    def customer_writes(self, browser: Browser, text: str) -> None:
        taken = self.do(browser.sends(text))
        if taken.conversation_id not in self.known:
            self.known.append(taken.conversation_id)

    @rule()
    def to_dos_are_done(self) -> None:
        self.settle()

    def settle(self) -> None:
        """Do everything; then nobody may wait while somebody is free for them."""
        self.do(self.house.settles())
        self.do(self.house.read(check_progress))

    @rule(who=st.sampled_from(AGENTS), state=st.sampled_from(["online", "online", "away"]))
    def agent_comes_or_goes(self, who: str, state: str) -> None:
        self.do(self.staff(who).goes(state, seconds=40))

    @rule(who=st.sampled_from(AGENTS), capacity=st.integers(1, 3))
    def capacity_rises(self, who: str, capacity: int) -> None:
        load = self.do(self.staff(who).load())
        self.do(self.house.write(availability.set_capacity, self.staff(who).id, max(capacity, load)))

    @rule(who=st.sampled_from(AGENTS))
    def agent_accepts(self, who: str) -> None:
        for offer in self.do(self.staff(who).offers()):
            self.refused(self.house.write(handoff.accept, offer.id, self.staff(who).actor))

    @rule(who=st.sampled_from(AGENTS))
    def agent_declines(self, who: str) -> None:
        for offer in self.do(self.staff(who).offers()):
            self.refused(self.house.write(handoff.decline, offer.id, self.staff(who).actor))

    @rule(who=st.sampled_from(AGENTS), number=st.integers(0, 9))
    def agent_takes(self, who: str, number: int) -> None:
        if conversation_id := self.some(number):
            self.refused(self.staff(who).takes(conversation_id))

    @rule(number=st.integers(0, 9), to=st.sampled_from(TARGETS))
    def owner_transfers(self, number: int, to: str) -> None:
        if conversation_id := self.some(number):
            self.refused(self.staff("sue").transfers(conversation_id, to))

    @rule(who=st.sampled_from(AGENTS), number=st.integers(0, 9), then=st.sampled_from(["decline", "resolve", "take"]))
    def a_transfer_to_an_agent_meets_something_else(self, who: str, number: int, then: str) -> None:
        if conversation_id := self.some(number):
            self.refused(self.staff("sue").transfers(conversation_id, who))
            if then == "decline":
                self.agent_declines(who)
            elif then == "resolve":
                self.refused(self.house.write(conversations.resolve, conversation_id, SYSTEM))
            else:
                self.agent_takes("amy", number)

    @rule(number=st.integers(0, 9))
    def owner_takes_the_transfer_back(self, number: int) -> None:
        if conversation_id := self.some(number):
            row = self.do(self.house.conversation(conversation_id))
            if row.handoff_id:
                self.refused(self.house.write(handoff.cancel, row.handoff_id, self.staff("sue").actor))

    @rule(number=st.integers(0, 9))
    def owner_replies_and_resolves(self, number: int) -> None:
        if conversation_id := self.some(number):
            row = self.do(self.house.conversation(conversation_id))
            for staff in map(self.staff, AGENTS):
                if row.owner_id == staff.id:
                    self.refused(staff.replies(conversation_id, "There you are."))
            self.refused(self.house.write(conversations.resolve, conversation_id, SYSTEM))

    @rule(number=st.integers(0, 9), who=st.sampled_from(AGENTS))
    def agent_reopens(self, number: int, who: str) -> None:
        if conversation_id := self.some(number):
            actor = self.staff(who).actor
            self.refused(self.house.write(conversations.reopen, conversation_id, actor, actor))

    @rule(who=st.sampled_from(AGENTS))
    def agent_leaves(self, who: str) -> None:
        self.do(self.house.write(chores.leave, self.staff(who).id))

    @rule(seconds=st.sampled_from([5, 31, 46, 65, 1000]))
    def time_passes(self, seconds: int) -> None:
        self.house.clock.advance(seconds)
        self.do(self.house.write(chores.vanish))
        self.settle()

    @rule()
    def three_days_pass(self) -> None:
        self.house.clock.offset += placement.REOPEN_WINDOW
        self.settle()

    @invariant()
    def everything_counted_anew_is_true(self) -> None:
        self.do(self.house.read(check))

    @invariant()
    def the_bot_is_silent_where_it_does_not_own(self) -> None:
        for conversation_id in self.known:
            with_people = False
            for entry in self.do(self.house.timeline(conversation_id)):
                if entry.kind == "handoff":
                    with_people |= entry.body["to"]["kind"] == "queue" or entry.body["state"] == "accepted"
                elif entry.kind == "message" and entry.author_kind == "bot":
                    assert not with_people, "the bot spoke out of turn"

    @invariant()
    def nothing_failed_for_good(self) -> None:
        assert not self.do(self.house.rows(table(DeadLetter).select()))


@pytest.mark.timeout(300)
def test_whatever_happens_in_whatever_order_nobody_is_between_chairs(
    request: pytest.FixtureRequest, new_database: Callable[[], str]
) -> None:
    run_state_machine_as_test(
        type("OnThisEngine", (Handoffs,), {"new_database": staticmethod(new_database)}),
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        ),
    )
