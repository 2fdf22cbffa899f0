"""The loopback channel sits the exam, and shows what is its own."""

import dataclasses
from functools import partial
from pathlib import Path

import pytest

from channels.loopback import adapter, signing
from channels.loopback.inbound import parse
from hub.errors import AddressRejected, OutcomeUnknown, ProviderUnavailable, SignatureInvalid, Unsupported
from hub.ports import AddressValue
from tests.channels.contract import AdapterExam, Candidate
from tests.channels.loopback.provider import running_provider
from tests.channels.recorded import Recordings

SECRET = "whsec_bG9vcGJhY2stZXhhbS1zZWNyZXQtMzItYnl0ZXMhIQ=="
CANDIDATE = Candidate(
    adapter=adapter(),
    recordings=Recordings(Path(__file__).parent / "recorded"),
    secret=SECRET,
    signed_by=("webhook-id", "webhook-timestamp", "webhook-signature"),
    customer=AddressValue("loopback", "margarethe"),
    provider=partial(running_provider, SECRET),
    failures={
        "bad request": AddressRejected,
        "unknown address": AddressRejected,
        "gone": AddressRejected,
        "not deliverable": AddressRejected,
        "login refused": ProviderUnavailable,
        "conflict": ProviderUnavailable,
        "moved": ProviderUnavailable,
        "too many": ProviderUnavailable,
        "closed for now": ProviderUnavailable,
        "not there": ProviderUnavailable,
        "crashed": OutcomeUnknown,
        "bad gateway": OutcomeUnknown,
        "cut": OutcomeUnknown,
        "half": OutcomeUnknown,
        "no id": OutcomeUnknown,
        "garbage": OutcomeUnknown,
    },
    personal=("Alice", "Is my order late?", "陈伟", "银行卡"),
)


class TestExam(AdapterExam):
    candidate = CANDIDATE


def test_the_signature_is_that_of_the_specification() -> None:
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'

    signature = signing.sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_or_early_signature_is_refused(seconds: int) -> None:
    request = next(iter(CANDIDATE.recordings.readable.values()))
    signed_at = int(request.headers["webhook-timestamp"])

    with pytest.raises(SignatureInvalid):
        signing.check(SECRET, dataclasses.replace(request, received_at=(signed_at + seconds) * 1_000_000))
    signing.check(SECRET, dataclasses.replace(request, received_at=(signed_at + seconds // 301 * 300) * 1_000_000))


def test_while_a_secret_changes_either_signature_opens() -> None:
    request = next(iter(CANDIDATE.recordings.readable.values()))
    both = "v1,AAAA v2,BBBB " + request.headers["webhook-signature"]

    signing.check(SECRET, dataclasses.replace(request, headers={**request.headers, "webhook-signature": both}))


@pytest.mark.parametrize("scheme", ["v1a", "v2", "V1", ""])
def test_a_signature_of_another_scheme_is_refused(scheme: str) -> None:
    request = next(iter(CANDIDATE.recordings.readable.values()))
    other = scheme + request.headers["webhook-signature"].removeprefix("v1")

    with pytest.raises(SignatureInvalid):
        signing.check(SECRET, dataclasses.replace(request, headers={**request.headers, "webhook-signature": other}))


async def test_a_wait_asked_for_is_passed_on() -> None:
    async with running_provider(SECRET) as provider:
        message = CANDIDATE.message(CANDIDATE.account(provider.settings), "hello")
        await provider.misbehave("too many")

        with pytest.raises(ProviderUnavailable) as raised:
            await CANDIDATE.adapter.send(message, "k")

    assert raised.value.retry_after == 7


async def test_a_message_is_signed_and_carries_the_key_of_its_delivery() -> None:
    async with running_provider(SECRET) as provider:
        sent = await CANDIDATE.adapter.send(CANDIDATE.message(CANDIDATE.account(provider.settings), "hello"), "dlv_7")

        assert (sent.provider_id, sent.state, provider.keys) == ("p1", "sent", ["dlv_7"])
        assert provider.taken == [
            {
                "type": "message",
                "delivery_id": "dlv_exam",
                "to": "loopback:margarethe",
                "text": "hello",
                "language": "en",
            }
        ]


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/",
        "http://10.0.0.1/",
        "http://example.org/",
        "http://127.0.0.1@example.org/",
        "http://localhost.example.org/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "file:///etc/passwd",
        "http://:80/",
        "not an address",
        "http://[",
    ],
)
async def test_no_other_machine_is_written_to_unless_it_is_named(url: str) -> None:
    message = CANDIDATE.message(CANDIDATE.account({"outbound_url": url, "hosts": ["hub.example.org"]}), "hello")

    with pytest.raises(Unsupported):
        await CANDIDATE.adapter.send(message, "k")


async def test_a_named_host_is_written_to() -> None:
    account = CANDIDATE.account({"outbound_url": "http://nobody.invalid/", "hosts": ["nobody.invalid"]})

    with pytest.raises(ProviderUnavailable):
        await CANDIDATE.adapter.send(CANDIDATE.message(account, "hello"), "k")


def test_members_nobody_knows_are_passed_over() -> None:
    facts = parse(b'{"type":"message","id":"1","from":"loopback:a","text":"hi","mood":"good"}')

    assert len(facts) == 1
