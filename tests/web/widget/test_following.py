"""The words of the panel follow the customer's own language, until they choose one."""

from tests.support.waiting import eventually
from tests.web.widget.conftest import Chat, Customers


async def shown_language(chat: Chat) -> str:
    """The language of the words on screen."""
    return str(await chat.page.evaluate("document.documentElement.lang"))


async def test_the_words_on_screen_follow_what_the_customer_writes(customers: Customers) -> None:
    chat = await customers.by_link()
    assert await shown_language(chat) == "en"

    await chat.say("你好，我的卡上名字印错了")

    async def is_chinese() -> bool:
        return await shown_language(chat) == "zh-Hans"

    await eventually(is_chinese, every=0.1)
    assert await chat.page.get_by_text("Talk to a person").count() == 0
