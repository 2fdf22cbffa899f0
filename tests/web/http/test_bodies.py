"""JSON is read strictly, and sizes are checked before memory is used."""

import json

import pytest

from hub.errors import Invalid
from web import bodies


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"a": "\\u0000"}',
        b'{"a\\u0000": 1}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\udc00\\ud800"}',
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        '{"a": "é"}'.encode("latin-1"),
        "{}".encode("utf-16"),
        b"[" * 100_000,
        b"[" * 50_000 + b"]" * 50_000,
        b"[" * 18 + b"]" * 18,
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
        b"1" * 10_000,
    ],
)
def test_what_is_no_clean_json_is_invalid(raw: bytes) -> None:
    with pytest.raises(Invalid):
        bodies.parse_json(raw)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\u200f\u0645\u0631\u200e abc",
        "👩\u200d👧🇭🇰",
        "李伟 𠮷",
        "\u202eevil",
        "a\tb\r\nc",
        "\u200b\ufeff",
        "e\u0301",
    ],
)
def test_every_real_character_is_carried_as_it_came(text: str) -> None:
    raw = json.dumps({"text": text}).encode()

    assert bodies.parse_json(raw) == {"text": text}
    assert bodies.parse_json(json.dumps({"text": text}, ensure_ascii=False).encode()) == {"text": text}


def test_the_field_that_is_wrong_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        bodies.parse_json(b'{"to": {"name": "\\u0000"}}')

    assert refused.value.details["field"] == "to.name"
