"""Structured logs, one JSON object a line on standard error: static text and ids, nothing else.

Values pass only if they look like ids, names from our own vocabulary or numbers; whatever could be a
person's words, address or token becomes "…". Records of libraries give their logger and level, their text only where it
is a constant, and exceptions give their class and place, never their message.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

_PLAIN = re.compile(r"(?!.*[0-9]{5})[a-z][a-z0-9_.:/-]{0,39}|[a-z]{2,8}_[0-9a-hjkmnp-tv-z]{26}")
_HIDDEN = "…"
_PLACES = 12
_KEPT = ("event", "level", "exc_info")


def get_logger() -> FilteringBoundLogger:
    """A logger for one module: `log.info("delivery settled", delivery=d.id, state=d.state)`."""
    return cast("FilteringBoundLogger", structlog.get_logger())


def configure(level: str = "info") -> None:
    """Send our records and those of libraries to standard error as JSON, from `level` upwards."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[structlog.processors.add_log_level, only_ids, _name_exception, _render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=_StandardError,
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_LibraryHandler()], level=max(number, logging.WARNING), force=True)
    logging.captureWarnings(capture=True)


def only_ids(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The filter: keep numbers, ids and plain words, hide all other text."""
    return {key: value if key in _KEPT else _shown(value) for key, value in event.items()}


def _shown(value: object) -> object:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else _HIDDEN
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(each) for each in value]
    return _HIDDEN


def _name_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its class and the places it came through: its message may quote a customer."""
    info = event.pop("exc_info", None)
    if info is True:
        error = sys.exc_info()[1]
    elif isinstance(info, BaseException):
        error = info
    else:
        error = info[1] if info else None
    if error is not None:
        event.update(describe(error))
    return event


def describe(error: BaseException) -> dict[str, Any]:
    """Class, cause and places of an exception, without its message."""
    found = {"exception": _class_name(error), "where": _places(error.__traceback__)}
    cause = error.__cause__ or error.__context__
    if cause is not None:
        found["cause"] = _class_name(cause)
    return found


def _class_name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_PLACES:]
    return [f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno} {frame.name}" for frame in frames]


def _render(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    text = event.pop("event", "")
    return json.dumps({"at": at, "level": event.pop("level", ""), "event": text, **event}, ensure_ascii=False)


class _StandardError:
    """Writes a line to what standard error is now."""

    def __init__(self, *_arguments: object) -> None:
        pass

    def msg(self, line: str) -> None:
        """Write and flush one line."""
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = exception = log = msg


class _LibraryHandler(logging.Handler):
    """Writes records of the standard library's logging, made as silent as ours."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one JSON object; arguments are left out, for they may be anything."""
        event: EventDict = {"event": _HIDDEN, "level": record.levelname.lower(), "logger": record.name}
        if record.args and isinstance(record.msg, str):
            event["event"] = record.msg
        if record.exc_info and record.exc_info[1]:
            event.update(describe(record.exc_info[1]))
        _StandardError().msg(_render(None, "", event))
