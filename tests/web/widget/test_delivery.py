"""What the customer wrote is sent once, in order, whatever the line does; what was missed is fetched."""

import json
import uuid

from playwright.async_api import WebSocketRoute

from tests.support.browser import Pages
from tests.support.waiting import eventually
from tests.web.widget.conftest import Bank, Customers, Desk, open_chat


async def test_what_is_written_offline_waits_survives_a_reload_and_is_sent_once_in_order(
    customers: Customers, desk: Desk, pages: Pages
) -> None:
    chat, conversation = await customers.served(desk)
    before = await desk.customer_texts(conversation)
    await chat.page.context.set_offline(True)
    for text in ("one", "two", "three"):
        await chat.say(text)
    await chat.is_waiting(3)
    assert await chat.inside.get_by_text("Waiting to be sent").count() == 3

    await chat.page.context.set_offline(False)
    await chat.page.reload()

    await chat.sees("three")
    await chat.is_waiting(0)
    await desk.has(conversation, [*before, "one", "two", "three"])
    assert (await chat.mine())[-3:] == ["one", "two", "three"]
    pages.problems.clear()  # the browser complains that it was offline


async def test_an_answer_lost_on_the_way_doubles_nothing(
    bank: Bank, customers: Customers, desk: Desk, pages: Pages
) -> None:
    page = await pages.open()
    lost: list[str | bytes] = []

    async def lose_the_first_answer(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        is_cut = False

        async def back(data: str | bytes) -> None:
            nonlocal is_cut
            if is_cut:
                return
            if not lost and str(data).startswith("43/customer,") and '"entry"' in str(data):
                lost.append(data)
                is_cut = True
                await server.close()
                await route.close()
            elif not (not lost and str(data).startswith("42/customer,") and '"in"' in str(data)):
                route.send(data)

        server.on_message(back)

    await page.route_web_socket("**/socket.io/**", lose_the_first_answer)
    await page.goto(bank.page)
    chat = await open_chat(page)
    text = f"only once {uuid.uuid4().hex[:8]}"

    await chat.say(text)

    conversation = await desk.find(text)
    await eventually(lambda: len(lost) == 1)
    await chat.is_waiting(0)
    await chat.inside.locator(".w-row.me .w-meta", has_text="Sent").first.wait_for()
    assert await desk.customer_texts(conversation) == [text]
    assert (await chat.mine()).count(text) == 1


async def test_after_a_long_absence_everything_missed_is_there_in_order(
    customers: Customers, desk: Desk, pages: Pages
) -> None:
    chat, conversation = await customers.served(desk)
    await chat.page.context.set_offline(True)
    await chat.inside.locator(".banner").wait_for()
    for number in range(5):
        await desk.say(conversation, f"missed {number}")

    await chat.page.context.set_offline(False)

    await chat.sees("missed 4")
    assert (await chat.texts())[-5:] == [f"missed {number}" for number in range(5)]
    pages.problems.clear()


async def test_a_line_that_only_looks_alive_is_found_dead_and_opened_again(
    bank: Bank, customers: Customers, desk: Desk, pages: Pages
) -> None:
    page = await pages.open()
    lines: list[bool] = []

    async def fall_silent(route: WebSocketRoute) -> None:
        number, server = len(lines), route.connect_to_server()
        lines.append(True)
        route.on_message(lambda data: server.send(data) if lines[number] else None)
        server.on_message(lambda data: route.send(data) if lines[number] else None)

    await page.route_web_socket("**/socket.io/**", fall_silent)
    await page.clock.install()
    await page.goto(bank.page)
    chat = await open_chat(page)
    text = f"still there? {uuid.uuid4().hex[:8]}"
    await chat.say(text)
    conversation = await desk.find(text)
    await desk.take(conversation)
    await chat.inside.locator(".w-head .dot").wait_for()
    lines[-1] = False
    await desk.say(conversation, "said into the silence")

    await page.clock.fast_forward("10:00")
    await page.clock.run_for(10_000)

    await chat.sees("said into the silence")
    assert len(lines) > 1


async def test_an_event_that_never_came_is_noticed_by_the_next_one(
    bank: Bank, customers: Customers, desk: Desk, pages: Pages
) -> None:
    page = await pages.open()
    swallowed: list[str] = []

    async def swallow_one(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def back(data: str | bytes) -> None:
            if "swallow me" in str(data) and str(data).startswith("42/customer,") and not swallowed:
                swallowed.append(json.loads(str(data).removeprefix("42/customer,"))[0])
            else:
                route.send(data)

        server.on_message(back)

    await page.route_web_socket("**/socket.io/**", swallow_one)
    await page.goto(bank.page)
    chat = await open_chat(page)
    text = f"listen {uuid.uuid4().hex[:8]}"
    await chat.say(text)
    conversation = await desk.find(text)
    await desk.take(conversation)
    await chat.inside.locator(".w-head .dot").wait_for()

    await desk.say(conversation, "swallow me")
    await eventually(lambda: swallowed)
    await desk.say(conversation, "and then this")

    await chat.sees("and then this")
    await chat.sees("swallow me")
    assert swallowed == ["entry"]
    assert (await chat.texts())[-2:] == ["swallow me", "and then this"]


async def test_tabs_of_one_browser_show_the_same_and_send_once(
    bank: Bank, customers: Customers, desk: Desk, pages: Pages
) -> None:
    first, conversation = await customers.served(desk)
    before = await desk.customer_texts(conversation)
    page = await first.page.context.new_page()
    await page.goto(bank.page)
    second = await open_chat(page)
    await second.sees(before[-1])

    await first.page.context.set_offline(True)
    await first.say("from the first")
    await second.sees("from the first")
    await second.say("from the second")
    await first.page.context.set_offline(False)

    for chat in (first, second):
        await chat.sees("from the second")
        await chat.is_waiting(0)
        assert (await chat.mine())[-2:] == ["from the first", "from the second"]
    await desk.has(conversation, [*before, "from the first", "from the second"])
    pages.problems.clear()


async def test_a_token_that_no_longer_counts_begins_a_new_visitor(
    bank: Bank, customers: Customers, pages: Pages
) -> None:
    chat = await customers.by_link()
    await chat.say("who was I?")
    await chat.inside.locator(".w-meta", has_text="Sent").wait_for()
    forge = "for (const k of Object.keys(localStorage)) if (k.endsWith(':token')) localStorage[k] = '\"vtk_forged\"'"
    await chat.page.evaluate(forge)

    await chat.page.reload()

    await chat.inside.locator(".welcome").wait_for()
    assert await chat.texts() == []
    pages.problems.clear()  # 401 was meant


async def test_older_pages_come_without_moving_what_is_read(customers: Customers, desk: Desk) -> None:
    chat, conversation = await customers.served(desk)
    for number in range(70):
        await desk.say(conversation, f"line {number}")
    await chat.sees("line 69")
    await chat.page.reload()
    await chat.sees("line 69")
    assert await chat.inside.locator(".w-say", has_text="line 0").count() == 0
    log, anchor = chat.inside.locator(".w-log"), chat.inside.locator(".w-say", has_text="line 30")
    await log.evaluate("log => { log.scrollTop = 130; }")
    was = await anchor.evaluate("el => el.getBoundingClientRect().top - el.closest('.w-log').scrollTop * 0")

    await log.evaluate("log => { log.scrollTop = 100; }")
    await chat.inside.locator(".w-say", has_text="line 0").first.wait_for(state="attached")

    now = await anchor.evaluate("el => el.getBoundingClientRect().top")
    assert abs(now - (was + 30)) < 3


async def test_where_web_sockets_are_blocked_the_chat_goes_on_by_polling(
    bank: Bank, customers: Customers, desk: Desk, pages: Pages
) -> None:
    page = await pages.open()
    await page.add_init_script(
        """window.WebSocket = class extends EventTarget {
          constructor() {
            super();
            setTimeout(() => this.onclose?.({ code: 1006 }));
          }
          send() {}
          close() {}
        };"""
    )
    await page.goto(bank.page)
    chat = await open_chat(page)
    text = f"through the proxy {uuid.uuid4().hex[:8]}"

    await chat.say(text)

    conversation = await desk.find(text)
    await desk.take(conversation)
    await desk.say(conversation, "and back")
    await chat.sees("and back")
