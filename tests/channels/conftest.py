"""A hub with its web side, and a provider at the other end of the loopback channel."""

from tests.support.house import empty_file, house_url, postgres_house_url, sqlite_house_url
from tests.support.site import site, sqlite_site

__all__ = ["empty_file", "house_url", "postgres_house_url", "site", "sqlite_house_url", "sqlite_site"]
