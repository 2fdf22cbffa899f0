"""One conversation from the first word to the last, through every verb."""

from hub import brief, conversations, handoff
from tests.support.house import House

CARD = ("My card is misspelt", "ANA PERIERA", "ANA PEREIRA", "skip", "4021", "tomorrow")


async def test_a_customer_goes_from_bot_to_agent_to_agent_to_the_end_and_back(house: House) -> None:
    amy, ben = await house.online("amy", "ben")
    ana = await house.visitor()

    conversation_id = (await ana.says(*CARD)).conversation_id
    offer = await amy.offer()
    shown = await house.read(
        lambda tx: brief.render(tx, handoff.get(tx, offer.handoff_id), conversations.get(tx, conversation_id))
    )
    await amy.accepts()
    await house.write(handoff.acknowledge, offer.handoff_id, amy.actor)
    await amy.replies(conversation_id, "Hello, I am Amy.")
    await ana.says("Hi Amy")
    await amy.transfers(conversation_id, "ben", reason="fraud?")
    await ben.accepts()
    await ben.transfers(conversation_id, "cards", reason="it was not")
    await house.settles()
    await amy.declines()
    await amy.takes(conversation_id)
    await amy.resolves(conversation_id, "card_replaced")
    again = await ana.says("One more thing")

    assert [(field["label"], field["text"]) for field in shown["given"]][:2] == [
        ("Printed on the card", "ANA PERIERA"),
        ("Correct name", "ANA PEREIRA"),
    ]
    assert again.conversation.id == conversation_id
    assert (again.conversation.owner_kind, again.conversation.owner_id) == ("agent", amy.id)
    entries = await house.timeline(conversation_id)
    assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
    assert [entry.body["state"] for entry in entries if entry.kind == "handoff"] == [
        "requested",
        "accepted",
        "acknowledged",
        "requested",
        "accepted",
        "requested",
        "accepted",
    ]
