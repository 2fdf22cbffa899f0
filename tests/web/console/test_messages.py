"""The small part of ICU MessageFormat, in the browser that shows it."""

from tests.web.console.conftest import Run

SAY = (
    'const { createI18n } = await import("/shared/i18n.js");'
    "return createI18n(given.locale, { k: given.message }).t('k', given.values ?? {})"
)


async def test_plurals_follow_the_language(run: Run) -> None:
    message = "{n, plural, =0 {nobody} one {# waits} other {# wait}}"

    for locale, count, said in [
        ("en", 0, "nobody"),
        ("en", 1, "1 waits"),
        ("en", 1200, "1,200 wait"),
        ("zh-Hans", 1, "1 wait"),
    ]:
        assert await run(SAY, {"locale": locale, "message": message, "values": {"n": count}}) == said


async def test_values_are_put_in_as_they_are(run: Run) -> None:
    given = {"locale": "en", "message": "{name} took {it}.", "values": {"name": "{it} <b>", "it": "#1"}}

    assert await run(SAY, given) == "{it} <b> took #1."


async def test_a_missing_value_leaves_a_hole_and_a_missing_key_shows_itself(run: Run) -> None:
    said = await run(
        'const { createI18n } = await import("/shared/i18n.js"); const words = createI18n("en", { k: "a{b}c" });'
        "return [words.t('k'), words.t('no.such')]"
    )

    assert said == ["ac", "no.such"]


async def test_the_nearest_of_our_languages_is_taken(run: Run) -> None:
    wished = ["zh", "zh-CN", "zh-TW", "zh-Hant-HK", "de", "en-US"]

    found = await run(
        'const m = await import("/shared/i18n.js"); return given.map((tag) => m.pickLocale([tag]))', wished
    )

    assert found == ["zh-Hans", "zh-Hans", "zh-Hant", "zh-Hant", "en", "en"]


async def test_waiting_is_told_as_a_clock(run: Run) -> None:
    shown = await run('const m = await import("/shared/i18n.js"); return given.map(m.clock)', [0, 38.9, 725, 3753])

    assert shown == ["0:00", "0:38", "12:05", "1:02:33"]
