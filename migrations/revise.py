"""`python -m migrations.revise 0002 "Add promises."`: write the next revision from the models.

Compares them with an SQLite database at the newest revision. What is written must be read and corrected by a person.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from hub import migrate

_VERSIONS = Path(__file__).with_name("versions")


def main() -> None:
    """Write `versions/<number>_<words>.py`."""
    parser = argparse.ArgumentParser(description="Write the next revision from the models.")
    parser.add_argument("number", help="four digits, the next free ones")
    parser.add_argument("message", help="a sentence that says what the revision brings")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/hub.db"
        is_first = not any(_VERSIONS.glob("*.py"))
        if not is_first:
            migrate.upgrade(url)
        with migrate.alembic(url) as config:
            config.attributes["is_batch"] = not is_first
            written = command.revision(config, asked.message, autogenerate=True, rev_id=asked.number)
    assert written is not None
    assert not isinstance(written, list)
    path = Path(written.path)
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if "# ###" not in line))
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", path], check=True)  # noqa: S603
    print(path.name)


if __name__ == "__main__":
    main()
