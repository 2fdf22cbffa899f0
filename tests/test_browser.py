"""The test browser is a real Chromium of both sizes, and complaints of a page fail its test."""

from tests.support.browser import PHONE, Pages

_SEEN = """() => ({
    width: innerWidth,
    touch: navigator.maxTouchPoints > 0,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    language: navigator.language,
})"""


async def test_a_desktop_is_wide_and_light(pages: Pages) -> None:
    page = await pages.open("about:blank")

    assert await page.evaluate(_SEEN) == {"width": 1440, "touch": False, "dark": False, "language": "en-GB"}


async def test_a_phone_is_narrow_and_touched(pages: Pages) -> None:
    page = await pages.open("about:blank", PHONE, scheme="dark", locale="zh-Hans")
    await page.set_content('<meta name="viewport" content="width=device-width">')

    assert await page.evaluate(_SEEN) == {"width": 390, "touch": True, "dark": True, "language": "zh-CN"}


async def test_what_a_page_complains_about_is_remembered(pages: Pages) -> None:
    page = await pages.open("about:blank")

    await page.evaluate("console.error('the sky falls')")

    assert [problem for problem in pages.problems if "the sky falls" in problem]
    pages.problems.clear()
