"""Servers that never outlive the tests, even when the tests are killed."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

_GUARD = Path(__file__).with_name("guard.py")


class GuardedProcess:
    """A running server behind `guard.py`; `stop` ends it, and so does our own death."""

    def __init__(
        self,
        command: list[str],
        *,
        log: Path,
        stop_signal: signal.Signals = signal.SIGTERM,
        user_id: int | None = None,
        home: Path,
    ) -> None:
        """Start the command.

        Args:
            command: program and arguments.
            log: file that gets what the server prints.
            stop_signal: what ends the server cleanly.
            user_id: run as this user (root only).
            home: the server's folder, removed when we die without stopping it.
        """
        arguments = [str(int(stop_signal)), str(-1 if user_id is None else user_id), str(log)]
        self._guard = subprocess.Popen(
            [sys.executable, "-S", "-E", str(_GUARD), *arguments, str(home), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._guard.stdout is not None
        with self._guard.stdout as first_line:
            pid = first_line.readline().strip()
        if not pid:
            raise RuntimeError(f"{command[0]} did not start")
        self.pid = int(pid)

    @property
    def is_running(self) -> bool:
        """Whether the server is still there."""
        return self._guard.poll() is None

    def stop(self) -> None:
        """End the server cleanly and wait for it; harmless when it is gone."""
        stdin = self._guard.stdin
        assert stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError), stdin:
            stdin.write(b"k")
        self._guard.wait()

    def kill(self) -> None:
        """End the server as a power cut would, and wait for it."""
        if self.is_running:
            os.kill(self.pid, signal.SIGKILL)
        self._guard.wait()
        self.stop()

    def pause(self) -> None:
        """Freeze the server: connections stay open, nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on."""
        os.kill(self.pid, signal.SIGCONT)
