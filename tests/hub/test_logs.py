"""Logs carry static text and ids; what customers say or are called never reaches them."""

import ast
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from hub import logs
from hub.ids import new_id

ROOT = Path(logs.__file__).parents[1]
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """What was logged so far, line by line."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure("info")
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_is_a_json_object_with_time_and_level(lines: Lines) -> None:
    delivery = new_id("dlv")

    logs.get_logger().info("delivery settled", delivery=delivery, state="sent", attempt=2, late=False, reason=None)

    (line,) = lines()
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info",
        "event": "delivery settled",
        "delivery": delivery,
        "state": "sent",
        "attempt": 2,
        "late": False,
        "reason": None,
    }


@pytest.mark.parametrize(
    "secret",
    [
        "Where is my card?",
        "amy@demo.example",
        "+15550100",
        "15550100",
        "tel:15550100",
        "王小明",
        "KiUC7Gi4g5-iFafVmhfFJ4YIvk36rl3fuq2eVO-b6tY",
        "a" * 41,
        "line\nline",
        {"body": "secret"},
        b"secret",
        object(),
    ],
)
def test_words_addresses_and_tokens_are_hidden(lines: Lines, secret: object) -> None:
    logs.get_logger().warning("something", value=secret, values=[secret, 7])

    (line,) = lines()
    assert (line["value"], line["values"]) == ("…", ["…", 7])


def test_an_exception_gives_its_class_and_place_but_not_its_message(lines: Lines) -> None:
    try:
        try:
            raise KeyError("amy@demo.example")
        except KeyError as error:
            raise ValueError("Where is my card?") from error
    except ValueError:
        logs.get_logger().exception("to-do failed", topic="bot")

    (line,) = lines()
    assert line["exception"] == "builtins.ValueError"
    assert line["cause"] == "builtins.KeyError"
    assert "test_an_exception_gives" in line["where"][-1]
    assert "card" not in json.dumps(line)
    assert "amy" not in json.dumps(line)


def test_what_libraries_say_is_cut_down_to_its_constant_text(lines: Lines) -> None:
    logging.getLogger("sqlalchemy").error("Where is my card?")
    logging.getLogger("sqlalchemy").error("Invalid row %r", "Where is my card?")
    logging.getLogger("sqlalchemy").info("not even said")
    try:
        raise ValueError("Where is my card?")
    except ValueError:
        logging.getLogger("asyncio").exception("oops")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("Where is my card?", stacklevel=1)

    said = lines()
    assert [line["event"] for line in said] == ["…", "Invalid row %r", "…", "…"]
    assert said[0]["logger"] == "sqlalchemy"
    assert said[2]["exception"] == "builtins.ValueError"
    assert "card" not in json.dumps(said)


def test_only_the_wanted_level_and_above_is_written(lines: Lines) -> None:
    logs.configure("error")

    logs.get_logger().warning("quiet")
    logs.get_logger().error("loud")

    assert [line["event"] for line in lines()] == ["loud"]


def test_every_event_text_in_the_code_is_a_constant() -> None:
    sources = [path for part in ("hub", "channels", "web") for path in (ROOT / part).rglob("*.py")]
    assert sources

    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sources
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and _is_log_call(call)
        if not (call.args and isinstance(call.args[0], ast.Constant))
    ]

    assert wrong == []


def _is_log_call(call: ast.Call) -> bool:
    method = call.func
    return (
        isinstance(method, ast.Attribute)
        and method.attr in ("debug", "info", "warning", "error", "exception", "critical")
        and isinstance(method.value, ast.Name)
        and method.value.id in ("log", "logger")
    )
