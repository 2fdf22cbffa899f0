"""A4 at the server: every naughty string is carried as it came, and is never markup in anything we serve."""

import json
import re
from pathlib import Path
from urllib.parse import quote

from tests.support.site import open_site
from web.assets import script_json

DATA = Path(__file__).parents[2] / "data" / "attack_strings"


def rows(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").split("\n") if line]


STRINGS = [row["s"] for row in rows("blns.jsonl")] + [row["payload"] for row in rows("dompurify_xss.jsonl")]


def test_there_are_many() -> None:
    assert len(STRINGS) == 370


async def test_every_string_is_carried_as_it_came_or_refused_clearly(house_url: str, tmp_path: Path) -> None:
    async with open_site(house_url, tmp_path / "home", HUB_LIMITS="1000") as site:
        _, conversation_id = await site.served_by("amy")
        log = (await site.house.conversation(conversation_id)).log_id
        amy = await site.by_token("amy")

        for text in STRINGS:
            note = await amy.post(f"/api/v1/conversations/{conversation_id}/notes", json={"text": text})
            named = await amy.patch(f"/api/v1/customers/{log}", json={"name": text})

            assert note.status_code == (201 if text.strip() else 422), (text, note.text)
            if note.status_code == 201:
                assert note.json()["body"]["text"] == text
            assert named.status_code == (200 if len(text) <= 200 else 422), (text, named.text)
            if named.status_code == 200:
                assert named.json()["name"] == text

        notes = [entry.body["text"] for entry in await site.house.timeline(conversation_id, "note")]
        assert notes == [text for text in STRINGS if text.strip()]


async def test_no_string_breaks_a_search_a_cursor_or_a_page(house_url: str, tmp_path: Path) -> None:
    async with open_site(house_url, tmp_path / "home", HUB_LIMITS="1000") as site:
        amy, sue = await site.by_token("amy"), await site.by_token("sue")

        for text in STRINGS:
            for path, name in (
                ("/api/v1/customers", "q"),
                ("/api/v1/customers", "address"),
                ("/api/v1/conversations", "q"),
                ("/api/v1/conversations", "after"),
                ("/api/v1/links", "after"),
            ):
                answer = await sue.get(path, params={name: text})
                assert answer.status_code in (200, 422), (path, name, text, answer.text)
            for resource in ("conversations", "customers", "files"):
                answer = await amy.get(f"/api/v1/{resource}/x{quote(text[:150], safe='')}")
                assert answer.status_code == 404, (resource, text)


async def test_no_string_becomes_markup_of_a_page(sqlite_house_url: str, tmp_path: Path) -> None:
    async with open_site(sqlite_house_url, tmp_path / "home") as site:
        asker = await site.client()
        plain = (await asker.get("/widget", params={"key": "x", "brand": "x", "locale": "x"})).text
        tags = len(re.findall("<", plain))

        for text in STRINGS:
            if not 0 < len(text) <= 200:
                continue
            page = await asker.get("/widget", params={"key": text, "brand": text, "locale": text})

            found = re.search(r'id="config">(.*?)</script>', page.text, re.DOTALL)
            assert found
            assert json.loads(found[1])["key"] == text
            assert len(re.findall("<", page.text)) == tags, text


def test_no_string_leaves_a_script_block() -> None:
    for text in STRINGS:
        written = script_json({"text": text})

        assert not set("<>&\u2028\u2029") & set(written)
        assert json.loads(written) == {"text": text}
