"""The exam that every adapter sits. A channel's tests subclass `AdapterExam` and name a `candidate`.

class TestExam(AdapterExam):
    candidate = Candidate(adapter=adapter(), secret=…, provider=…, …)
"""

import contextlib
import dataclasses
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

import pytest

from hub.errors import ChannelError, PayloadUnreadable, SignatureInvalid, Unsupported
from hub.ports import Account, AddressValue, ChannelAdapter, InboundMessage, OutboundMessage, Outcome, Receipt
from hub.ports import WireRequest as Request
from tests.channels.recorded import Recordings, as_json

LONGEST_SEND_SECONDS = 60  # the lease of a delivery counts on it
TEXT = "Is my parcel late? 我的包裹呢？"


class Provider(Protocol):
    """The provider's side: a real little server that the adapter sends to."""

    @property
    def settings(self) -> Mapping[str, object]:
        """What an account's settings must hold to reach it."""

    def misbehave(self, how: str) -> Awaitable[None]:
        """Fail the next request in one of the ways that `Candidate.failures` names."""

    def texts(self) -> list[str]:
        """What it has taken so far."""


@dataclass(frozen=True)
class Candidate:
    """What the exam needs to know of an adapter.

    `signed_by` are the headers that prove the sender; `failures` maps each way in which the
    provider can fail to the error that the hub must hear.
    """

    adapter: ChannelAdapter
    recordings: Recordings
    secret: str
    signed_by: tuple[str, ...]
    customer: AddressValue
    provider: Callable[[], AbstractAsyncContextManager[Provider]]
    failures: Mapping[str, type[ChannelError]]
    address: str = ""
    personal: tuple[str, ...] = ()

    def account(self, settings: Mapping[str, object] | None = None) -> Account:
        """Our end, with the secret that signed the recordings."""
        name = self.adapter.name
        return Account("acc_exam", name, name, self.address, self.secret, settings or {})

    def message(self, account: Account, text: str) -> OutboundMessage:
        """Something to send to the candidate's customer."""
        return OutboundMessage("dlv_exam", account, self.customer, text, "en")


class AdapterExam:
    """All that the hub relies on, whoever the provider is."""

    candidate: Candidate

    def test_a_recorded_request_is_let_in(self) -> None:
        requests = self.candidate.recordings.named("")

        for request in requests.values():
            self.candidate.adapter.verify(self.candidate.account(), request)
        assert requests

    def test_a_missing_signature_is_refused(self) -> None:
        for request in self.candidate.recordings.readable.values():
            for header in self.candidate.signed_by:
                bare = {name: value for name, value in request.headers.items() if name != header}
                self._refused(dataclasses.replace(request, headers=bare))
                self._refused(dataclasses.replace(request, headers={**request.headers, header: ""}))

    def test_a_forged_signature_is_refused(self) -> None:
        for request in self.candidate.recordings.readable.values():
            self._refused(dataclasses.replace(request, body=request.body + b" "))
            self._refused(dataclasses.replace(request, body=request.body.replace(b"a", b"b", 1)))
            for header in self.candidate.signed_by:
                value = request.headers[header]
                other = value[:-2] + ("AA" if value[-2:] != "AA" else "BB")
                self._refused(dataclasses.replace(request, headers={**request.headers, header: other}))
                self._refused(dataclasses.replace(request, headers={**request.headers, header: "é\udc80 \x7f"}))

    def test_another_secret_and_no_secret_open_nothing(self) -> None:
        request = next(iter(self.candidate.recordings.readable.values()))

        for secret in ("", self.candidate.secret[:-1], "whsec_", "another secret"):
            account = dataclasses.replace(self.candidate.account(), secret=secret)
            with pytest.raises(SignatureInvalid):
                self.candidate.adapter.verify(account, request)

    def test_a_recorded_request_says_what_a_person_read_in_it(self) -> None:
        for name, request in self.candidate.recordings.readable.items():
            facts = self.candidate.adapter.parse(self.candidate.account(), request)

            assert as_json(list(facts)) == self.candidate.recordings.facts(name), name

    def test_the_same_request_twice_gives_equal_facts(self) -> None:
        for request in self.candidate.recordings.readable.values():
            once = self.candidate.adapter.parse(self.candidate.account(), request)

            assert self.candidate.adapter.parse(self.candidate.account(), request) == once
            assert all(fact.external_id for fact in once)

    def test_unreadable_bytes_raise_the_named_error(self) -> None:
        requests = self.candidate.recordings.named("unreadable")

        for name, request in requests.items():
            with pytest.raises(PayloadUnreadable):
                pytest.fail(f"{name}: {self.candidate.adapter.parse(self.candidate.account(), request)}")
        assert requests

    def test_a_cut_or_garbled_request_is_read_or_named_unreadable(self) -> None:
        for request in self.candidate.recordings.readable.values():
            for cut in range(0, len(request.body), max(1, len(request.body) // 60)):
                self._reads_or_refuses(dataclasses.replace(request, body=request.body[:cut]))
                garbled = request.body[:cut] + b"\xff\x00" + request.body[cut + 2 :]
                self._reads_or_refuses(dataclasses.replace(request, body=garbled))

    def test_a_message_carries_only_what_every_store_can_hold(self) -> None:
        for request in self.candidate.recordings.readable.values():
            for fact in self.candidate.adapter.parse(self.candidate.account(), request):
                if isinstance(fact, InboundMessage):
                    words = [fact.text, fact.sender_name, fact.external_id, fact.sender.value]
                    assert all("\x00" not in word and word.encode() is not None for word in words)

    def test_each_declared_receipt_appears_in_a_recording(self) -> None:
        seen = set()

        for name, request in self.candidate.recordings.named("receipt_").items():
            facts = self.candidate.adapter.parse(self.candidate.account(), request)
            states = {fact.state for fact in facts if isinstance(fact, Receipt)}
            assert states == {name.removeprefix("receipt_")}
            seen |= states

        assert seen == self.candidate.adapter.capabilities.receipts

    def test_the_provider_hears_that_everything_was_taken(self) -> None:
        outcomes = [Outcome("a", "taken"), Outcome("b", "repeated"), Outcome("c", "kept")]

        first = self.candidate.adapter.respond(outcomes)

        assert 200 <= first.status < 300
        assert self.candidate.adapter.respond(outcomes) == first
        assert 200 <= self.candidate.adapter.respond([]).status < 300

    def test_the_capabilities_fit_the_hub(self) -> None:
        can = self.candidate.adapter.capabilities

        assert 0 < can.send_seconds <= LONGEST_SEND_SECONDS
        assert can.max_text > 0
        assert not can.files or can.max_file_bytes > 0

    async def test_text_at_and_under_the_limit_is_sent_and_over_it_is_refused(self) -> None:
        limit = self.candidate.adapter.capabilities.max_text
        async with self.candidate.provider() as provider:
            account = self.candidate.account(provider.settings)

            for length in (1, limit - 1, limit):
                sent = await self.candidate.adapter.send(self.candidate.message(account, "x" * length), f"k{length}")
                assert sent.provider_id
            with pytest.raises(Unsupported):
                await self.candidate.adapter.send(self.candidate.message(account, "x" * (limit + 1)), "over")

            assert [len(text) for text in provider.texts()] == [1, limit - 1, limit]

    async def test_what_is_sent_arrives_letter_for_letter(self) -> None:
        text = 'Größe "42"\n尺寸 🙏🏽 \u202eabc\t</script>'
        async with self.candidate.provider() as provider:
            await self.candidate.adapter.send(
                self.candidate.message(self.candidate.account(provider.settings), text), "k"
            )

            assert provider.texts() == [text]

    async def test_each_failure_of_the_provider_has_its_name(self) -> None:
        async with self.candidate.provider() as provider:
            for how, error in self.candidate.failures.items():
                await provider.misbehave(how)
                with pytest.raises(ChannelError) as raised:
                    pytest.fail(f"{how}: {await self._send(provider)}")
                assert type(raised.value) is error, how

    async def test_an_account_without_an_address_to_send_to_is_told_so(self) -> None:
        message = self.candidate.message(self.candidate.account(), TEXT)

        with pytest.raises(Unsupported):
            await self.candidate.adapter.send(message, "k")

    async def test_nothing_personal_is_logged_or_put_into_errors(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        errors: list[str] = []
        for request in self.candidate.recordings.named("").values():
            try:
                self.candidate.adapter.verify(self.candidate.account(), request)
                self.candidate.adapter.parse(self.candidate.account(), request)
            except ChannelError as error:
                errors.append(str(error))
        async with self.candidate.provider() as provider:
            for how in ("", *self.candidate.failures):
                await provider.misbehave(how)
                try:
                    await self._send(provider)
                except ChannelError as error:
                    errors.append(str(error))

        said = "\n".join([*errors, *(record.getMessage() for record in caplog.records)])
        secret = (self.candidate.secret, TEXT, str(self.candidate.customer), self.candidate.customer.value)
        assert [word for word in (*secret, *self.candidate.personal) if word in said] == []

    async def _send(self, provider: Provider) -> object:
        account = self.candidate.account(provider.settings)
        return await self.candidate.adapter.send(self.candidate.message(account, TEXT), "key_exam")

    def _refused(self, request: Request) -> None:
        with pytest.raises(SignatureInvalid):
            self.candidate.adapter.verify(self.candidate.account(), request)

    def _reads_or_refuses(self, request: Request) -> None:
        with contextlib.suppress(PayloadUnreadable):
            self.candidate.adapter.parse(self.candidate.account(), request)
