"""What every test may ask for, and the rule that a skipped test is a failed run."""

import pytest

from tests.support.fixtures import (
    _redis,
    browser,
    database_url,
    pages,
    postgres,
    postgres_url,
    redis_server,
    redis_url,
    sqlite_url,
)

__all__ = [
    "_redis",
    "browser",
    "database_url",
    "pages",
    "postgres",
    "postgres_url",
    "redis_server",
    "redis_url",
    "sqlite_url",
]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run in which something was skipped: a missing component is fetched or is an error."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
