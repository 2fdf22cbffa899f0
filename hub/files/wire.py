"""How the hub and its file worker talk: a line of JSON, which names the number of bytes that follow it."""

import json
from dataclasses import asdict
from typing import Any

from hub.errors import HubError, TooLarge, UnsupportedMedia
from hub.files.facts import FileFacts

MAX_LINE = 64 * 1024
_ERRORS: dict[str, type[HubError]] = {error.code: error for error in (TooLarge, UnsupportedMedia)}


def packed(head: dict[str, Any], data: bytes = b"") -> bytes:
    """One message."""
    return json.dumps({**head, "bytes": len(data)}).encode() + b"\n" + data


def packed_facts(facts: FileFacts) -> bytes:
    """A good answer."""
    head = asdict(facts)
    return packed(head, head.pop("data"))


def packed_error(error: HubError) -> bytes:
    """A refusal."""
    return packed({"error": error.code, "message": error.message, "details": dict(error.details)})


def facts_or_error(head: dict[str, Any], data: bytes) -> FileFacts:
    """The answer, or the refusal raised."""
    if "error" in head:
        raise _ERRORS[head["error"]](head["message"], **head["details"])
    del head["bytes"]
    return FileFacts(**head, data=data)
