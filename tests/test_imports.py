"""Imports point one way: `web -> hub <- channels` (law 5 of docs/architecture.md), read from the syntax trees."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("hub", "channels", "web", "migrations", "tests", "bench")

# The layers inside hub; whatever is in neither set is a verb.
NOUNS = frozenset({"models", "ports", "errors", "ids", "clock"})
PLUMBING = frozenset({"store", "outbox", "bus", "blobs", "settings", "logs", "metrics"})
COMPOSITION_ROOT = "hub/__main__.py"

# Who may import a library: only the folders named here.
LIBRARIES = {
    "starlette": ("web",),
    "socketio": ("web",),
    "engineio": ("web",),
    "twilio": ("channels",),
    "aiortc": ("channels/rtc",),
    "aioice": ("channels/rtc",),
    "av": ("channels/rtc",),
}
FREE = ("tests", "bench")


@dataclass(frozen=True)
class Import:
    """One imported name: where it stands and what it names, in full (`hub.ports.Inbound`)."""

    file: str
    line: int
    name: str

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    def is_in(self, *modules: str) -> bool:
        return any(self.name == each or self.name.startswith(f"{each}.") for each in modules)

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.name}"


def imports_of(root: Path, folder: str) -> Iterator[Import]:
    """All imports in the Python files below a folder, those inside functions and type checks, too."""
    for path in sorted((root / folder).rglob("*.py")):
        file = path.relative_to(root).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), file)):
            for name in _names(node, file):
                yield Import(file, getattr(node, "lineno", 0), name)


def _names(node: ast.AST, file: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        package = file.split("/")[: -node.level] if node.level else []
        module = ".".join([*package, *([node.module] if node.module else [])])
        yield from (f"{module}.{alias.name}" for alias in node.names)


def unit_of(name_or_file: str) -> str:
    """The part of hub that a module belongs to: `hub.models.entry` and `hub/models/entry.py` are of `models`."""
    parts = name_or_file.removesuffix(".py").replace("/", ".").split(".")
    return parts[1] if len(parts) > 1 and parts[1] != "__init__" else ""


def allowed(root: Path, found: Import) -> bool:
    """Whether a module may import this module of ours."""
    area, _, rest = found.file.partition("/")
    if found.is_in("hub.__main__"):
        return False
    if found.file == COMPOSITION_ROOT or area in FREE:
        return True
    if area == "web":
        return found.is_in("web.sandbox") if rest.startswith("sandbox/") else found.package in {"web", "hub"}
    if area == "channels":
        return _allowed_in_channel(root, found, rest.partition("/")[0])
    if area == "migrations":
        return found.package in {"migrations", "hub"}
    return found.package == "hub" and _allowed_between_layers(found)


def _allowed_in_channel(root: Path, found: Import, channel: str) -> bool:
    if found.is_in("hub.ports", "hub.errors", f"channels.{channel.removesuffix('.py')}"):
        return True
    other = unit_of(found.name)
    is_package = (root / "channels" / other).is_dir()
    return found.package == "channels" and (other == "rtc" or not is_package)


def _allowed_between_layers(found: Import) -> bool:
    importer, imported = unit_of(found.file), unit_of(found.name)
    if importer in NOUNS or importer == "":
        return imported in NOUNS or imported == importer
    if importer in PLUMBING:
        return imported in NOUNS | PLUMBING
    return True


def violations(root: Path) -> list[str]:
    """Every import that breaks the rule, one line each."""
    wrong = []
    for found in (each for folder in OURS for each in imports_of(root, folder)):
        if found.package in OURS and not allowed(root, found):
            wrong.append(str(found))
        homes = LIBRARIES.get(found.package)
        if homes and found.file != COMPOSITION_ROOT and not found.file.startswith((*homes, *FREE)):
            wrong.append(f"{found}, which only {' and '.join(homes)} may")
    return wrong


def verb_cycles(root: Path) -> list[str]:
    """The verbs of hub that need each other in a circle; empty when they call downward only."""
    graph: dict[str, set[str]] = {}
    for found in imports_of(root, "hub"):
        importer, imported = unit_of(found.file), unit_of(found.name)
        if found.package == "hub" and importer != imported and "__main__" not in (importer, imported):
            graph.setdefault(importer, set()).add(imported)
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as circle:
        return list(circle.args[1])
    return []


def test_imports_point_one_way() -> None:
    assert not violations(ROOT)


def test_verbs_call_downward_only() -> None:
    assert not verb_cycles(ROOT), "if two verbs need each other, the missing one is an outbox topic"


FORBIDDEN = [
    ("hub/intake.py", "import web.app"),
    ("hub/intake.py", "from channels.sms import twilio"),
    ("hub/intake.py", "import starlette"),
    ("hub/intake.py", "from hub import __main__"),
    ("hub/store/writer.py", "from hub.timeline import append"),
    ("hub/models/entry.py", "from hub.store import Tx"),
    ("hub/models/entry.py", "from .. import intake"),
    ("hub/errors.py", "def late():\n    import hub.bus"),
    ("web/app.py", "from channels import loopback"),
    ("web/sandbox/page.py", "from hub.ports import Inbound"),
    ("web/sandbox/page.py", "from web.app import create_app"),
    ("channels/sms/twilio.py", "from hub.intake import accept"),
    ("channels/sms/twilio.py", "from hub import store"),
    ("channels/sms/twilio.py", "from channels.email import smtp"),
    ("channels/sms/twilio.py", "import aiortc"),
    ("channels/sms/twilio.py", "import socketio"),
    ("web/calls.py", "import twilio.rest"),
    ("migrations/env.py", "import web"),
]
PERMITTED = [
    ("hub/__main__.py", "import web.app, channels.sms.twilio, starlette"),
    ("hub/intake.py", "from hub import identity, store\nfrom hub.models import Entry"),
    ("hub/store/writer.py", "from hub.errors import HubError\nfrom hub.settings import Settings"),
    ("hub/models/entry.py", "from .base import Table\nfrom hub.ids import EntryId"),
    ("web/app.py", "from hub.intake import accept\nfrom starlette.applications import Starlette"),
    ("web/sandbox/page.py", "from web.sandbox import phones\nimport starlette"),
    ("channels/sms/twilio.py", "from hub import ports, errors\nfrom hub.ports import Inbound\nimport twilio"),
    ("channels/voice/bridge.py", "from channels.rtc import rooms"),
    ("tests/test_x.py", "import hub.intake, web.app, channels.sms, starlette"),
]


def _plant(root: Path, file: str, source: str) -> Path:
    for name in ("channels/sms", "channels/email", "channels/rtc"):
        (root / name).mkdir(parents=True, exist_ok=True)
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return root


@pytest.mark.parametrize(("file", "source"), FORBIDDEN)
def test_a_forbidden_import_is_found(tmp_path: Path, file: str, source: str) -> None:
    assert len(violations(_plant(tmp_path, file, source))) == 1


@pytest.mark.parametrize(("file", "source"), PERMITTED)
def test_a_permitted_import_is_left_alone(tmp_path: Path, file: str, source: str) -> None:
    assert violations(_plant(tmp_path, file, source)) == []


def test_a_circle_of_verbs_is_found(tmp_path: Path) -> None:
    _plant(tmp_path, "hub/intake.py", "from hub import timeline")
    _plant(tmp_path, "hub/timeline.py", "from hub import intake")

    assert {"intake", "timeline"} <= set(verb_cycles(tmp_path))
