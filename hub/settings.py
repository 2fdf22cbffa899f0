"""All that can be set from outside, read once from `HUB_…` variables and frozen.

`python -m hub.settings` prints the page `docs/settings.md`; a test fails when they differ.
"""

import difflib
import ipaddress
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hub.errors import SettingsError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Values = dict[str, Any]
Parse = Callable[[str, Values], Any]

_SECRET = re.compile(r"HUB_SECRET_[A-Z][A-Z0-9_]*")
_MIN_KEY = 32
_LEVELS = ("debug", "info", "warning", "error")


def _setting(variable: str, default: str, doc: str, *, parse: Parse, missing: Callable[[Values], Any]) -> Any:
    """A field with all that `load` and the documentation need to know of it."""
    return field(
        repr=not variable.startswith("HUB_SECRET") and not variable.endswith("_URL"),
        metadata={"variable": variable, "default": default, "doc": doc, "parse": parse, "missing": missing},
    )


def _wrong(variable: str, rule: str) -> SettingsError:
    return SettingsError(f"{variable} {rule}", variable=variable)


def _folder(text: str, _known: Values) -> Path:
    return Path(text).expanduser()


def _host(text: str, _known: Values) -> str:
    if re.search(r"[\s/@]", text):
        raise _wrong("HUB_HOST", "must be an address or a name, such as 127.0.0.1 or ::")
    return text


def _port(text: str, _known: Values) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65_536:
        raise _wrong("HUB_PORT", "must be a number from 1 to 65535")
    return int(text)


def _database(text: str, _known: Values) -> str:
    if text.startswith("postgres://"):
        text = text.replace("postgres://", "postgresql://", 1)
    is_file = text.startswith("sqlite:///") and len(text) > len("sqlite:///")
    if not is_file and not (text.startswith("postgresql://") and _has_parts(text)):
        raise _wrong("HUB_DATABASE_URL", "must be sqlite:///path or postgresql://user:password@host/database")
    return text


def _redis(text: str, _known: Values) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")) or not _has_parts(text):
        raise _wrong("HUB_REDIS_URL", "must be redis://host:port/number, rediss://… or unix://…")
    return text


def _blobs(text: str, _known: Values) -> str:
    if text.startswith("file:///") or (text.startswith("s3://") and urlsplit(text).hostname):
        return text
    raise _wrong("HUB_BLOBS_URL", "must be file:///folder or s3://bucket/prefix")


def _origin(variable: str) -> Parse:
    def parse(text: str, known: Values) -> str:
        parts = urlsplit(text) if _has_parts(text) else None
        is_origin = parts and parts.scheme in ("http", "https") and parts.hostname and not parts.username
        if not parts or not is_origin or parts.path not in ("", "/") or parts.query or parts.fragment:
            raise _wrong(variable, "must be an address without path, such as https://chat.example.org")
        origin = f"{parts.scheme}://{parts.netloc.lower()}"
        if variable == "HUB_FILES_URL" and origin == known["base_url"]:
            raise _wrong(variable, "must be another origin than HUB_BASE_URL")
        return origin

    return parse


def _has_parts(text: str) -> bool:
    """Whether the URL can be taken apart; its port, if any, too."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.netloc or parts.path) and not re.search(r"\s", text)


def _key(text: str, _known: Values) -> str:
    if len(text) < _MIN_KEY:
        raise _wrong("HUB_SECRET_KEY", f"must have at least {_MIN_KEY} characters; `openssl rand -hex 32` makes one")
    return text


def _networks(text: str, _known: Values) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(","))
    except ValueError as error:
        raise _wrong("HUB_TRUSTED_PROXIES", "must be networks with commas between, such as 10.0.0.0/8,::1") from error


def _factor(text: str, _known: Values) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text) or float(text) <= 0:
        raise _wrong("HUB_LIMITS", "must be a number above 0, such as 1 or 2.5")
    return float(text)


def _level(text: str, _known: Values) -> str:
    if text.lower() not in _LEVELS:
        raise _wrong("HUB_LOG_LEVEL", f"must be one of {', '.join(_LEVELS)}")
    return text.lower()


def _own_address(known: Values) -> str:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (compared, not bound)
    host = everywhere.get(known["host"], str(known["host"]))
    return f"http://[{host}]:{known['port']}" if ":" in host else f"http://{host}:{known['port']}"


def _kept_key(known: Values) -> str:
    """The key in the home folder, made at first need, whole or not at all, by one of several starters."""
    path: Path = known["home"] / "secret.key"
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(dir=path.parent)  # with mode 0600
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(made, path)
            except FileExistsError:
                pass  # another process was first: its key is the one
            finally:
                Path(made).unlink()
        key = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong("HUB_SECRET_KEY", f"is not set and {path} cannot be read or made") from error
    if len(key) < _MIN_KEY:
        raise _wrong("HUB_SECRET_KEY", f"is not set and {path} holds no key")
    return key


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What was set, checked; it holds from start to stop."""

    home: Path = _setting(  # noqa: RUF009 (it is a field)
        "HUB_HOME",
        "`var/hub` (`make demo`: `var/demo`)",
        "Folder for everything the hub keeps itself: the SQLite database, files, the secret key.",
        parse=_folder,
        missing=lambda known: known["home_default"],
    )
    host: str = _setting(
        "HUB_HOST",
        "`127.0.0.1`",
        "Address to listen on; `0.0.0.0` or `::` for all.",
        parse=_host,
        missing=lambda known: "127.0.0.1",
    )
    port: int = _setting("HUB_PORT", "`8400`", "Port to listen on.", parse=_port, missing=lambda known: 8400)
    base_url: str = _setting(
        "HUB_BASE_URL",
        "`http://HUB_HOST:HUB_PORT`",
        "The hub's address as browsers and providers see it. Links, QR codes and webhook signatures are made with it,"
        " never with what a request claims.",
        parse=_origin("HUB_BASE_URL"),
        missing=_own_address,
    )
    files_url: str = _setting(
        "HUB_FILES_URL",
        "none: the same origin, in a sandbox",
        "A second origin that leads to the same server and serves uploaded files only, so that no file ever runs"
        " beside a login.",
        parse=_origin("HUB_FILES_URL"),
        missing=lambda known: "",
    )
    database_url: str = _setting(
        "HUB_DATABASE_URL",
        "`sqlite:///HUB_HOME/hub.db`",
        "`sqlite:///path` or `postgresql://user:password@host/database`.",
        parse=_database,
        missing=lambda known: f"sqlite:///{known['home'] / 'hub.db'}",
    )
    redis_url: str = _setting(
        "HUB_REDIS_URL",
        "none: a bus within the process",
        "`redis://…`, `rediss://…` or `unix://…`; needed as soon as there is more than one web process or worker."
        " It may forget everything and no message is lost. Keep it private: who writes to it can make screens look.",
        parse=_redis,
        missing=lambda known: "",
    )
    blobs_url: str = _setting(
        "HUB_BLOBS_URL",
        "none: the folder `HUB_HOME/blobs`",
        "`file:///folder`, or `s3://bucket/prefix` with the usual `AWS_…` variables (`AWS_ACCESS_KEY_ID`,"
        " `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT` for other makers).",
        parse=_blobs,
        missing=lambda known: "",
    )
    secret_key: str = _setting(
        "HUB_SECRET_KEY",
        "made once, kept in `HUB_HOME/secret.key` (mode 0600)",
        "Seals the channels' secrets in the database and signs links. At least 32 characters. Set it when processes"
        " run on several machines: they need the same one. Back it up: without it, sealed secrets must be entered"
        " again.",
        parse=_key,
        missing=_kept_key,
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        "HUB_TRUSTED_PROXIES",
        "none",
        "Networks of your own proxies, with commas between. Only from these is the client's address taken out of"
        " `X-Forwarded-For`; from all others that header is ignored.",
        parse=_networks,
        missing=lambda known: (),
    )
    limits: float = _setting(
        "HUB_LIMITS",
        "`1`",
        "Factor on the rate limits of messages and requests: 2 allows twice as many. Limits on log-ins stay as they"
        " are.",
        parse=_factor,
        missing=lambda known: 1.0,
    )
    log_level: str = _setting(
        "HUB_LOG_LEVEL",
        "`info`",
        "`debug`, `info`, `warning` or `error`.",
        parse=_level,
        missing=lambda known: "info",
    )
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def scaled(self, limit: int) -> int:
        """A rate limit as this house wants it; at least 1."""
        return max(1, round(limit * self.limits))


def load(environ: Mapping[str, str], *, home_default: str = "var/hub") -> Settings:
    """Read and check the `HUB_` variables; an empty one counts as not set.

    Makes the home folder and the secret key when they are needed and missing.

    Raises:
        SettingsError: a variable is unknown or wrong; the message is one line that names it and repeats no value.
    """
    _refuse_unknown(environ)
    known: Values = {"home_default": Path(home_default)}
    for each in _settings():
        text = environ.get(each["variable"], "").strip()
        if "\0" in text:
            raise _wrong(each["variable"], "must not hold a NUL")
        known[each["name"]] = each["parse"](text, known) if text else each["missing"](known)
    del known["home_default"]
    named = {name: text for name, text in environ.items() if _SECRET.fullmatch(name) and name != "HUB_SECRET_KEY"}
    return Settings(**known, secrets={name.removeprefix("HUB_SECRET_"): text for name, text in named.items()})


def _settings() -> list[dict[str, Any]]:
    return [{"name": each.name, **each.metadata} for each in fields(Settings) if each.metadata]


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    variables = [str(each["variable"]) for each in _settings()]
    for name in sorted(environ):
        if not name.startswith("HUB_") or name in variables or _SECRET.fullmatch(name):
            continue
        near = difflib.get_close_matches(name, variables, n=1)
        hint = f"did you mean {near[0]}?" if near else "docs/settings.md lists all settings"
        shown = "".join(char if char.isprintable() else "?" for char in name[:60])
        raise SettingsError(f"{shown} is no setting: {hint}")


_PAGE = """\
# Settings

Everything is set by environment variables, read once at start. None is needed for the embedded default. An empty
variable counts as not set; an unknown or wrong `HUB_` variable stops the start with one line that names it.

This page is made by `python -m hub.settings > docs/settings.md`; a test fails when it is out of date.

| Variable | Default | Meaning |
|---|---|---|
"""
_NAMED_SECRETS = (
    "| `HUB_SECRET_<NAME>` | none | A secret of a channel account, for who would rather not keep it sealed in the"
    " database. |\n"
)


def page() -> str:
    """The text of `docs/settings.md`."""
    rows = (f"| `{each['variable']}` | {each['default']} | {each['doc']} |\n" for each in _settings())
    return _PAGE + "".join(rows) + _NAMED_SECRETS


if __name__ == "__main__":
    print(page(), end="")
