"""Passwords: argon2id, and no telling whether an account exists."""

import statistics
import time

import pytest

from hub import passwords


def test_the_right_password_fits_and_no_other() -> None:
    kept = passwords.hash_password("correct horse")

    assert kept.startswith("$argon2id$")
    assert passwords.is_right(kept, "correct horse")
    assert not passwords.is_right(kept, "correct horsf")
    assert not passwords.is_right(kept, "")
    assert kept != passwords.hash_password("correct horse")


@pytest.mark.parametrize("password", ["", "密码\0", "\ud800", "x" * 5000, "😀"])
def test_any_text_may_be_a_password(password: str) -> None:
    assert passwords.is_right(passwords.hash_password(password), password)


@pytest.mark.parametrize("kept", [None, "", "plain", "$argon2id$v=19$m=1$"])
def test_nobody_gets_in_without_a_proper_hash(kept: str | None) -> None:
    assert not passwords.is_right(kept, "nobody has this password")


async def test_checking_leaves_the_event_loop_alone() -> None:
    kept = passwords.hash_password("correct horse")

    assert await passwords.check(kept, "correct horse")
    assert not await passwords.check("", "correct horse")


def test_an_account_that_is_not_there_takes_as_long() -> None:
    kept = passwords.hash_password("correct horse")
    passwords.is_right(None, "warm")

    def measured(password_hash: str | None) -> float:
        begun = time.process_time()
        passwords.is_right(password_hash, "wrong")
        return time.process_time() - begun

    there = statistics.median(measured(kept) for _ in range(7))
    missing = statistics.median(measured(None) for _ in range(7))

    assert 0.6 < there / missing < 1.7


def test_old_hashes_are_noticed() -> None:
    assert not passwords.needs_rehash(passwords.hash_password("x"))
    assert passwords.needs_rehash("$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA")
