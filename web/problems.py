"""Errors as the doors tell them: RFC 9457 problem documents with our stable `code`."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.errors import Conflict, Forbidden, HubError, Invalid
from hub.logs import get_logger

log = get_logger()

MEDIA_TYPE = "application/problem+json"
_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media"}


class CsrfFailed(Forbidden):
    """A request with the console's cookie that does not prove that the console sent it."""

    code = "csrf_failed"


class OriginRefused(Forbidden):
    """A browser sent this from a page of somebody else."""

    code = "origin_refused"


class IdempotencyRunning(Conflict):
    """The first request with this key has not ended, or its end was lost."""

    code = "idempotency_running"


class IdempotencyMismatch(Invalid):
    """This key was used for a different request."""

    code = "idempotency_mismatch"


class MethodNotAllowed(HubError):
    """There is such a place, but not for this method."""

    code = "method_not_allowed"
    status = 405


def document(error: HubError) -> dict[str, Any]:
    """The problem document of an error; empty details are left out."""
    frame = _frame(error.status, error.code, error.message)
    extra = {name: value for name, value in error.details.items() if value not in (None, "")}
    return {**frame, **extra, **frame}


def problem(error: HubError) -> Response:
    """The answer to a request that failed in a way we know."""
    headers = {}
    retry_after = error.details.get("retry_after")
    if isinstance(retry_after, int | float):
        headers["Retry-After"] = str(max(1, round(retry_after)))
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="onethread"'
    return _answer(document(error), headers)


async def on_hub_error(request: Request, error: Exception) -> Response:
    """Starlette's handler for our own errors."""
    assert isinstance(error, HubError)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("request failed", code=error.code, endpoint=endpoint_of(request.scope), exc_info=error)
    return problem(error)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Starlette's handler for its own errors: no such path, no such method."""
    assert isinstance(error, HTTPException)
    status = error.status_code
    code = _CODES.get(status, "invalid" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "internal")
    return _answer(_frame(status, code, _phrase(status)), dict(error.headers or {}))


def endpoint_of(scope: Scope) -> str:
    """The name of the route that was taken: for logs and figures, never what was asked."""
    return str(getattr(scope.get("route"), "name", "none"))


class Catch:
    """The outermost net: what nobody foresaw is logged with its traceback and told without it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; answer 500 when nothing was answered yet."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception:
            log.exception("request failed unexpectedly", endpoint=endpoint_of(scope))
            if started:
                raise
            detail = "Something went wrong on our side; it was written down."
            await _answer(_frame(500, "internal", detail), {})(scope, receive, send)


def _frame(status: int, code: str, detail: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": _phrase(status), "status": status, "code": code, "detail": detail}


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase


def _answer(body: dict[str, Any], headers: Mapping[str, str]) -> Response:
    return JSONResponse(body, body["status"], {**headers, "Cache-Control": "no-store"}, media_type=MEDIA_TYPE)
