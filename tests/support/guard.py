"""Runs one server and ends it when whoever started us is gone, however that happened.

Started by `tests.support.process` as a script of its own (it imports nothing of ours). Our standard input is a pipe
that only our starter holds. A byte on it is the order to stop; its end without one means that the starter died, and
then the server's folder goes, too. The server itself gets no pipe, so it can never keep a test run's output open.

usage: guard.py STOP_SIGNAL USER_ID LOG_FILE FOLDER_TO_REMOVE COMMAND...
"""

import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

GRACE_SECONDS = 10
POLL_SECONDS = 0.2


def start(command: list[str], *, user_id: int, log_file: str) -> subprocess.Popen[bytes]:
    """Start the server, as another person when USER_ID is not negative."""
    is_other = user_id >= 0
    with Path(log_file).open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            user=user_id if is_other else None,
            group=user_id if is_other else None,
            extra_groups=[] if is_other else None,
        )


def wait_for_order(server: subprocess.Popen[bytes]) -> bytes | None:
    """Return the byte our starter sent, b"" when it died, None when the server ended by itself."""
    while server.poll() is None:
        if select.select([0], [], [], POLL_SECONDS)[0]:
            return os.read(0, 1)
    return None


def stop(server: subprocess.Popen[bytes], stop_signal: int) -> None:
    """Ask the server to end, then insist."""
    os.kill(server.pid, signal.SIGCONT)
    server.send_signal(stop_signal)
    try:
        server.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def main(stop_signal: str, user_id: str, log_file: str, remove: str, *command: str) -> int:
    """Run until told to stop; the exit status is the server's."""
    server = start(list(command), user_id=int(user_id), log_file=log_file)
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    os.write(1, f"{server.pid}\n".encode())
    order = wait_for_order(server)
    if order is not None:
        stop(server, int(stop_signal))
    if order == b"":
        shutil.rmtree(remove, ignore_errors=True)
    return server.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
