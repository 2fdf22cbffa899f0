"""What the house style asks for and a machine can see: sizes, blanket handlers, the words people read."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
AREAS = ("hub", "channels", "web", "migrations", "tests", "bench", "tools")
MOST_LINES_IN_A_FILE = 400
MOST_LINES_IN_A_FUNCTION = 50  # "about 40", docstring not counted

# Where a loop must live on whatever one turn of it does. `file::function`: why.
MAY_CATCH_EVERYTHING = {
    "hub/bus/redis.py::_keep_connected": "the connection is made again, whatever broke it",
    "hub/sending.py::_run": "the loop outlives a database that is away for a while",
    "web/live/door.py::answer": "whoever sent the event hears an error ack instead of silence",
    "web/live/healing.py::run": "the loop outlives a database that is away for a while",
    "web/live/lists.py::places": "the loop outlives a database that is away for a while",
    "web/live/lists.py::run": "the loop lives on; screens fetch their lists when they reconnect",
    "web/live/pump.py::run": "the loop lives on; the sweep finds what was missed",
    "web/live/pump.py::sweep": "the loop outlives a database that is away for a while",
    "web/live/server.py::_renew": "the loop outlives a database that is away for a while",
    "hub/outbox.py::_drain": "one failing to-do gets another try later, and must not end the loop",
    "hub/outbox.py::_rest": "the loop outlives a database that is away for a while",
    "hub/outbox.py::_ring": "one failing timer gets another try later, and must not end the loop",
    "hub/outbox.py::_run": "the loop outlives a database that is away for a while",
    "hub/store/sqlite.py::_run_alone": "the error is handed to the one who waits for this write",
    "hub/store/sqlite.py::_run_together": "the error is handed to the one who waits for this write",
    "web/serving.py::_handle_eio_message": "whoever breaks the protocol is cut off; anything may come over the wire",
    "web/problems.py::__call__": "whoever asked hears a problem document instead of a closed connection",
}

AVOIDED = re.compile(
    r"\b(contact|ticket|session|user|lead)s?\b|联系人|聯絡人|聯繫人|工单|工單|用户|用戶|使用者", re.IGNORECASE
)
CATALOGUES = ("web/*/locales/*.json", "web/represent/words.json")


def sources(root: Path, *endings: str) -> Iterator[Path]:
    """Our own source files of these kinds; what we vendor is not ours, and
    migrations are lists of tables, written once."""
    for area in AREAS:
        for path in sorted((root / area).rglob("*")):
            if path.suffix in endings and not {"vendor", "node_modules", "versions"} & set(path.parts):
                yield path


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a Python file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def long_files(root: Path) -> list[str]:
    """Files that should become a package split by what changes together."""
    counted = ((path, path.read_bytes().count(b"\n")) for path in sources(root, ".py", ".js", ".css"))
    return [f"{path.relative_to(root)}: {lines} lines" for path, lines in counted if lines > MOST_LINES_IN_A_FILE]


def long_functions(root: Path) -> list[str]:
    """Functions that do more than one thing."""
    found = []
    for path in sources(root, ".py"):
        for function in functions(path):
            lines = _length(function)
            if lines > MOST_LINES_IN_A_FUNCTION:
                found.append(f"{path.relative_to(root)}::{function.name}: {lines} lines")
    return found


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, without signature and docstring: those may be as long as they are useful."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def blanket_handlers(root: Path) -> set[str]:
    """Every `file::function` that catches everything and does not raise it again."""
    found = set()
    for path in sources(root, ".py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and _catches_everything(node):
                found.add(f"{path.relative_to(root).as_posix()}::{_function_around(tree, node)}")
    return found


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {getattr(each, "id", None) for each in caught}
    raises_again = isinstance(handler.body[-1], ast.Raise)
    return bool(names & {"Exception", "BaseException", None} and not raises_again) and not any(
        isinstance(each, ast.Attribute) for each in caught
    )


def _function_around(tree: ast.Module, handler: ast.ExceptHandler) -> str:
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.lineno <= handler.lineno <= (node.end_lineno or 0)
    ]
    return max(around, key=lambda node: node.lineno).name if around else "module"


def avoided_words(catalogue: object, where: str = "") -> list[str]:
    """Strings for people that use a word the glossary replaces."""
    if isinstance(catalogue, dict):
        return [found for key, value in catalogue.items() for found in avoided_words(value, f"{where}.{key}")]
    if isinstance(catalogue, list):
        return [found for value in catalogue for found in avoided_words(value, where)]
    text = re.sub(r"\{[^{}]*\}", "", catalogue) if isinstance(catalogue, str) else ""
    return [f"{where.lstrip('.')}: {catalogue}"] if AVOIDED.search(text) else []


def test_no_file_is_too_long() -> None:
    assert not long_files(ROOT)


def test_no_function_is_too_long() -> None:
    assert not long_functions(ROOT)


def test_everything_is_caught_only_where_a_loop_must_live_on() -> None:
    found = blanket_handlers(ROOT)

    assert found - set(MAY_CATCH_EVERYTHING) == set(), "catch the narrowest class, or give the reason in this test"
    assert set(MAY_CATCH_EVERYTHING) - found == set(), "these places are gone: remove them from this test"


def test_people_read_the_words_of_the_glossary() -> None:
    catalogues = [path for pattern in CATALOGUES for path in ROOT.glob(pattern)]

    found = {path.name: avoided_words(json.loads(path.read_text(encoding="utf-8"))) for path in catalogues}

    assert not {name: words for name, words in found.items() if words}


def test_a_long_file_and_a_long_function_are_found(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub/long.py").write_text("def f():\n" + "    f()\n" * 401, encoding="utf-8")
    (tmp_path / "web/vendor").mkdir(parents=True)
    (tmp_path / "web/vendor/theirs.js").write_text("\n" * 500, encoding="utf-8")

    assert long_files(tmp_path) == ["hub/long.py: 402 lines"]
    assert long_functions(tmp_path) == ["hub/long.py::f: 401 lines"]


@pytest.mark.parametrize(
    ("handler", "is_blanket"),
    [
        ("except Exception:\n        pass", True),
        ("except BaseException as lost:\n        print(lost)", True),
        ("except:\n        pass", True),
        ("except (ValueError, Exception):\n        pass", True),
        ("except Exception:\n        g()\n        raise", False),
        ("except ValueError:\n        pass", False),
        ("except errors.NotFound:\n        pass", False),
    ],
)
def test_a_blanket_handler_is_found(tmp_path: Path, handler: str, is_blanket: bool) -> None:
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub/loop.py").write_text(f"def turn():\n    try:\n        g()\n    {handler}\n", encoding="utf-8")

    assert blanket_handlers(tmp_path) == ({"hub/loop.py::turn"} if is_blanket else set())


def test_avoided_words_are_found_in_sentences_but_not_in_placeholders() -> None:
    catalogue = {"queue": {"empty": "No tickets", "name": "Hello {user}", "ok": "Misleading"}, "who": ["用户"]}

    assert avoided_words(catalogue) == ["queue.empty: No tickets", "who: 用户"]
