"""The demo bank for every test of the verbs."""

from tests.support.house import (
    empty_file,
    house,
    house_url,
    new_database,
    postgres_house,
    postgres_house_url,
    sqlite_house,
    sqlite_house_url,
)

__all__ = [
    "empty_file",
    "house",
    "house_url",
    "new_database",
    "postgres_house",
    "postgres_house_url",
    "sqlite_house",
    "sqlite_house_url",
]
