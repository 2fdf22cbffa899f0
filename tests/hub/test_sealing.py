"""Secrets at rest, signatures of ours, digests of tokens."""

import pytest

from hub.errors import SettingsError
from hub.ids import new_token
from hub.sealing import Sealer, digest_token

KEY = "a key that is only used in tests, 32+"
sealer = Sealer(KEY)


@pytest.mark.parametrize("text", ["", "token", "秘密\0" * 1000])
def test_what_is_sealed_opens_and_never_looks_the_same(text: str) -> None:
    first, second = sealer.seal(text), sealer.seal(text)

    assert first != second
    assert "token" not in first
    assert sealer.open(first) == sealer.open(second) == text


def test_another_key_does_not_open_it() -> None:
    sealed = sealer.seal("token")

    with pytest.raises(SettingsError, match="HUB_SECRET_KEY"):
        Sealer(KEY + "!").open(sealed)


@pytest.mark.parametrize("bad", ["", "v1.", "v1.AAAA", "v2.AAAA", "plain text", "v1.é", "v1." + "A" * 80])
def test_what_was_not_sealed_does_not_open(bad: str) -> None:
    with pytest.raises(SettingsError):
        sealer.open(bad)


def test_no_bit_of_a_sealed_text_can_be_changed() -> None:
    sealed = sealer.seal("token")

    for place in range(len(sealed)):
        changed = sealed[:place] + ("B" if sealed[place] == "A" else "A") + sealed[place + 1 :]
        with pytest.raises(SettingsError):
            sealer.open(changed)


@pytest.mark.parametrize("value", ["", "cnv_1", "a.b.c", "卡"])
def test_a_signed_value_is_known_again_for_its_purpose_only(value: str) -> None:
    signed = sealer.sign("link", value)

    assert sealer.check("link", signed) == value
    assert sealer.check("reply", signed) is None
    assert Sealer(KEY + "!").check("link", signed) is None


@pytest.mark.parametrize("forged", ["", ".", "cnv_1", "cnv_1.", "cnv_1.AAAA", "\ud800.\udfff", "é.é", "\0"])
def test_a_forged_value_is_nothing(forged: str) -> None:
    assert sealer.check("link", forged) is None


def test_no_character_of_a_signed_value_can_be_changed() -> None:
    signed = sealer.sign("link", "cnv_1")

    for place in range(len(signed)):
        assert sealer.check("link", signed[:place] + "~" + signed[place + 1 :]) is None
    assert sealer.check("link", signed + "=") is None


def test_purpose_and_value_cannot_be_shifted_into_each_other() -> None:
    mark = sealer.sign("ab", "c").rpartition(".")[2]

    assert sealer.check("a", f"bc.{mark}") is None


def test_a_token_is_kept_as_its_digest() -> None:
    token = new_token()

    assert digest_token(token) == digest_token(token)
    assert len({digest_token(token), digest_token(token + "x"), digest_token("\ud800")}) == 3
    assert token not in digest_token(token)
