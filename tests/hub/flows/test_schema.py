"""A flow file is read strictly, and what it says never changes afterwards."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from hub.flows.schema import DEMO, FlowUnreadable, digest, load, load_all, parse, text_in
from tests.hub.flows.samples import ask, close, flow, hand_over, texts


def test_a_flow_is_the_same_after_writing_and_reading() -> None:
    for told in load_all():
        assert parse(told.model_dump_json()) == told


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"extra": 1}, "extra"),
        ({"version": 0}, "version"),
        ({"id": "Not A Key"}, "id"),
        ({"title": {"fr": "Bonjour"}}, "title"),
        ({"nodes": {}}, "nodes"),
        ({"nodes": {"a": {"kind": "dance"}}}, "nodes.a"),
        ({"nodes": {"a": {**ask("a", "b"), "tries": 0}}}, "nodes.a.ask.tries"),
        ({"nodes": {"a": {**ask("__class__", "b")}}}, "nodes.a.ask.slot"),
        ({"nodes": {"a": {**ask("a", "b"), "min": float("inf")}}}, "nodes.a.ask.min"),
    ],
)
def test_a_wrong_member_is_named(change: dict[str, object], place: str) -> None:
    data = {"id": "f", "version": 1, "title": texts("F"), "start": "a", "nodes": {"a": close()}} | change

    with pytest.raises(FlowUnreadable) as refused:
        parse(json.dumps(data))

    assert place in refused.value.message


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_bytes(b"\xff\x00{")

    with pytest.raises(FlowUnreadable, match=r"odd\.json"):
        load(tmp_path / "odd.json")
    with pytest.raises(FlowUnreadable, match=r"none\.json"):
        load(tmp_path / "none.json")


def test_a_flow_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        flow(a=hand_over()).version = 2


def test_the_digest_tells_meanings_apart_and_not_writings() -> None:
    told = load(DEMO / "pay-premium.json")
    rewritten = json.dumps(json.loads((DEMO / "pay-premium.json").read_text(encoding="utf-8")), sort_keys=True)

    assert digest(parse(rewritten)) == digest(told)
    assert digest(told.model_copy(update={"version": 2})) != digest(told)


def test_a_text_comes_in_the_nearest_language() -> None:
    assert text_in({"en": "Hi", "zh-Hant": "您好"}, "zh-Hans") == "您好"
    assert text_in({"zh-Hant": "您好"}, "en") == "您好"
    assert text_in({"en": ""}, "en") == ""
    assert text_in(None, "en") == ""
