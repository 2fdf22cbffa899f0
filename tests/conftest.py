"""What every test may ask for, and the rule that a skipped test is a failed run."""

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
from tests.support.rules import pytest_sessionfinish

__all__ = [
    "_redis",
    "browser",
    "database_url",
    "pages",
    "postgres",
    "postgres_url",
    "pytest_sessionfinish",
    "redis_server",
    "redis_url",
    "sqlite_url",
]
