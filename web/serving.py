"""The servers under the application, bare: sockets, HTTP, and the memory collector. `bench` measures the same ones."""

import gc
from typing import Any

import socketio
import uvicorn

MAX_PACKET = 200_000
GRACE_SECONDS = 5


def socket_server(origins: list[str], namespaces: list[str]) -> socketio.AsyncServer:
    """A Socket.IO server with our limits."""
    return socketio.AsyncServer(
        async_mode="asgi",
        cors_allowed_origins=origins,
        max_http_buffer_size=MAX_PACKET,
        ping_interval=20,
        ping_timeout=20,
        always_connect=False,
        namespaces=namespaces,
        logger=False,
        engineio_logger=False,
    )


def http_settings(app: Any, host: str, port: int) -> uvicorn.Config:
    """One HTTP server for an application; addresses and logs stay ours."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws="websockets-sansio",
        ws_max_size=MAX_PACKET,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        h11_max_incomplete_event_size=64 * 1024,
    )


def relax_collector() -> None:
    """What is loaded now stays: do not look through it again and again (docs/performance.md)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
