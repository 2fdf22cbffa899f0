"""Ports that nobody uses, and waiting until somebody does."""

import random
import socket
import time

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that are free now, all different.

    Another process may still take one before its server binds it: servers that can should bind port 0 instead.
    """
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            _bind_somewhere(each)
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _bind_somewhere(each: socket.socket) -> None:
    """Below the range that connections take their own ports from, so that none of them takes it meanwhile."""
    while True:
        try:
            each.bind((LOOPBACK, random.randint(12_000, 32_000)))
        except OSError:
            continue
        return


def free_port() -> int:
    """One port of the loopback address that is free now."""
    return free_ports(1)[0]


def is_listening(port: int) -> bool:
    """Whether a server accepts connections on this port of the loopback address."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def wait_until_listening(port: int, *, within: float = 15.0) -> None:
    """Return as soon as the port accepts connections.

    Raises:
        TimeoutError: nobody listened within so many seconds.
    """
    deadline = time.monotonic() + within
    while not is_listening(port):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing listens on port {port} after {within} s")
        time.sleep(0.01)
