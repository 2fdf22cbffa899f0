"""What others rely on is written down: to-do topics, socket events, environment, commands."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from hub.runtime import TOPICS
from hub.turns import TOPIC as BOT_TURN
from web.live.agents import AgentDoor
from web.live.customers import CustomerDoor

ROOT = Path(__file__).parents[1]


def test_every_to_do_topic_is_documented() -> None:
    page = (ROOT / "docs" / "outbox.md").read_text()
    documented = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))

    assert documented == {topic.name for topic in TOPICS} | {BOT_TURN}


def test_every_socket_event_is_documented_for_its_namespace() -> None:
    agent, customer = _namespaces()

    assert set(_events(agent, "console to hub")) == _handled(AgentDoor)
    assert set(_events(customer, "window to hub")) == _handled(CustomerDoor)
    assert _emitted("/agent") <= set(_events(agent, "hub to console"))
    assert _emitted("/customer") <= set(_events(customer, "hub to window"))


def test_every_command_explains_itself() -> None:
    page = subprocess.run([sys.executable, "-m", "hub", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    readme = (ROOT / "docs" / "commands.md").read_text()

    commands = re.findall(r"^    ([a-z]+)\s", page.stdout, re.MULTILINE)
    assert commands
    assert [name for name in commands if f"`python -m hub {name}" not in readme] == []


def _namespaces() -> tuple[str, str]:
    page = (ROOT / "docs" / "live.md").read_text()
    _, agent, customer = re.split(r"^## Namespace .*$", page, flags=re.MULTILINE)
    return agent, customer


def _events(section: str, heading: str) -> list[str]:
    """The first column of the table whose head says which way the events go."""
    table = section.split(heading, 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)


def _handled(door: type) -> set[str]:
    return {name.removeprefix("do_") for name in dir(door) if name.startswith("do_")}


def _emitted(namespace: str) -> set[str]:
    """Names of events in calls like `emit("entry", …, namespace="/agent")`."""
    found = set()
    for path in (ROOT / "web" / "live").glob("*.py"):
        home = {"agents.py": "/agent", "customers.py": "/customer"}.get(path.name, "")
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "emit":
                given = [
                    k.value.value for k in node.keywords if k.arg == "namespace" and isinstance(k.value, ast.Constant)
                ]
                if namespace in (given or [home]) and isinstance(node.args[0], ast.Constant):
                    found.add(str(node.args[0].value))
    return found
