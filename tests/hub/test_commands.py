"""The command line: what operators type, and what they read when it does not work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub import access, staff
from hub.clock import Clock
from hub.store import open_store

ROOT = Path(__file__).parents[2]


def hub(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run one command as an operator would, with nothing set but these variables."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return subprocess.run(
        [sys.executable, "-m", "hub", *arguments],
        cwd=ROOT,
        env={**clean, "HUB_HOME": str(home), **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A hub's folder with its tables."""
    done = hub(tmp_path, "migrate")
    assert done.returncode == 0, done.stderr
    return tmp_path


async def test_an_agent_is_added_with_a_password_that_is_shown_once(home: Path) -> None:
    done = hub(home, "agent", "add", "Kim@Example.org", "--name", "Kim", "--role", "admin")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Kim@Example.org added; password: ")
    store = open_store(f"sqlite:///{home / 'hub.db'}", Clock())
    row = await store.read(lambda tx: staff.by_email(tx, "kim@example.org"))
    assert row is not None
    assert (await store.read(lambda tx: access.viewer(tx, row.id))).role == "admin"
    password = done.stdout.strip().rpartition(" ")[2]
    assert password not in row.password_hash
    await store.close()


def test_a_password_may_come_from_a_file_and_is_then_not_shown(home: Path) -> None:
    (home / "password").write_text("a long enough password\n")

    done = hub(home, "agent", "add", "lee@example.org", "--password-file", str(home / "password"))

    assert done.returncode == 0, done.stderr
    assert "long enough" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("agent", "add", "no address"), "not an email address"),
        (("agent", "add", "kim@example.org", "--queue", "nowhere"), "no such queue"),
        (("replay", "raw_unknown"), "no such"),
    ],
)
def test_what_does_not_work_ends_with_one_line_and_status_2(home: Path, arguments: tuple[str, ...], words: str) -> None:
    done = hub(home, *arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_two_agents_cannot_have_one_address(home: Path) -> None:
    assert hub(home, "agent", "add", "kim@example.org").returncode == 0

    again = hub(home, "agent", "add", "KIM@example.org")

    assert (again.returncode, again.stdout) == (2, "")


def test_doctor_finds_a_healthy_hub_healthy(home: Path) -> None:
    done = hub(home, "doctor")

    assert done.returncode == 0, done.stdout + done.stderr
    assert all(line.startswith("ok") for line in done.stdout.splitlines())
    assert "database" in done.stdout
    assert "ledger" in done.stdout


def test_doctor_says_what_is_wrong(home: Path) -> None:
    done = hub(home, "doctor", HUB_REDIS_URL="redis://127.0.0.1:1/0")

    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if line.startswith("WRONG")] == [
        "WRONG  bus: Redis does not answer"
    ]


def test_without_tables_a_command_says_to_migrate(tmp_path: Path) -> None:
    done = hub(tmp_path, "work")

    assert done.returncode == 2
    assert "python -m hub migrate" in done.stderr


def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(tmp_path: Path) -> None:
    done = hub(tmp_path, "serve", HUB_PROT="8400")

    assert done.returncode == 2
    assert done.stderr.strip() == "onethread: HUB_PROT is no setting: did you mean HUB_PORT?"


def test_the_demo_never_empties_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")

    done = hub(tmp_path, "demo", HUB_PORT="1")

    assert done.returncode == 2
    assert (tmp_path / "letters.txt").read_text() == "mine"


def test_flows_are_linted_from_the_command_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{}")

    assert hub(tmp_path, "flow", "lint").returncode == 0
    assert hub(tmp_path, "flow", "lint", str(bad)).returncode == 1
