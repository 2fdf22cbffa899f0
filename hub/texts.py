"""What a text may hold, wherever it comes from."""

from hub.errors import Invalid, TooLarge

MAX_TEXT_BYTES = 65_536


def check(text: str, *, may_be_empty: bool = False) -> None:
    """Refuse what cannot be stored faithfully. Raises Invalid, TooLarge."""
    if not text.strip() and not may_be_empty:
        raise Invalid("a message needs a text or a file", field="text")
    if "\x00" in text:
        raise Invalid("the text holds a NUL character", field="text")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise Invalid("the text holds half a character", field="text") from error
    if size > MAX_TEXT_BYTES:
        raise TooLarge(f"a message holds at most {MAX_TEXT_BYTES // 1024} kB of text", limit=MAX_TEXT_BYTES)
