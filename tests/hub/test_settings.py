"""Settings are checked at the start, and documented."""

import ipaddress
import multiprocessing
import stat
from pathlib import Path

import pytest

from hub import settings
from hub.errors import SettingsError

KEY = "k" * 40


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    loaded = settings.load({"PATH": "/bin"}, home_default=str(tmp_path / "hub"))

    assert loaded.home == tmp_path / "hub"
    assert loaded.database_url == f"sqlite:///{tmp_path}/hub/hub.db"
    assert loaded.base_url == "http://127.0.0.1:8400"
    assert (loaded.redis_url, loaded.blobs_url, loaded.files_url) == ("", "", "")
    assert (loaded.trusted_proxies, loaded.log_level) == ((), "info")


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    loaded = settings.load({"HUB_PORT": "", "HUB_HOME": str(tmp_path), "HUB_SECRET_KEY": " "})

    assert loaded.port == 8400


def test_the_secret_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    first = settings.load({"HUB_HOME": str(tmp_path)})

    again = settings.load({"HUB_HOME": str(tmp_path)})

    kept = tmp_path / "secret.key"
    assert first.secret_key == again.secret_key == kept.read_text().strip()
    assert len(first.secret_key) == 64
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def _key_of(home: str) -> str:
    return settings.load({"HUB_HOME": home}).secret_key


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        keys = pool.map(_key_of, [str(tmp_path)] * 16)

    assert len(set(keys)) == 1


def test_a_given_key_leaves_the_home_alone(tmp_path: Path) -> None:
    assert settings.load({"HUB_HOME": str(tmp_path / "x"), "HUB_SECRET_KEY": KEY}).secret_key == KEY

    assert not (tmp_path / "x").exists()


def test_everything_can_be_set() -> None:
    loaded = settings.load(
        {
            "HUB_HOME": "/srv/hub",
            "HUB_HOST": "0.0.0.0",
            "HUB_PORT": "80",
            "HUB_BASE_URL": "https://Chat.example.org/",
            "HUB_FILES_URL": "https://files.example.org",
            "HUB_DATABASE_URL": "postgres://hub@db/hub",
            "HUB_REDIS_URL": "redis://cache:6379/1",
            "HUB_BLOBS_URL": "s3://files/hub",
            "HUB_SECRET_KEY": KEY,
            "HUB_SECRET_SMS": "shh",
            "HUB_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "HUB_LOG_LEVEL": "WARNING",
        }
    )

    assert loaded.database_url == "postgresql://hub@db/hub"
    assert loaded.base_url == "https://chat.example.org"
    assert loaded.trusted_proxies == (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1"))
    assert loaded.secrets == {"SMS": "shh"}
    assert loaded.log_level == "warning"


def test_limits_are_scaled_but_never_to_nothing() -> None:
    loaded = settings.load({"HUB_SECRET_KEY": KEY, "HUB_LIMITS": "0.1"})

    assert (loaded.scaled(30), loaded.scaled(1)) == (3, 1)
    assert settings.load({"HUB_SECRET_KEY": KEY}).scaled(30) == 30


@pytest.mark.parametrize(
    ("host", "base_url"),
    [("0.0.0.0", "http://127.0.0.1:8400"), ("::", "http://[::1]:8400"), ("fd00::1", "http://[fd00::1]:8400")],
)
def test_the_base_url_can_be_opened_when_the_hub_listens_everywhere(host: str, base_url: str) -> None:
    assert settings.load({"HUB_HOST": host, "HUB_SECRET_KEY": KEY}).base_url == base_url


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HUB_PORT", "0"),
        ("HUB_PORT", "65536"),
        ("HUB_PORT", "８４００"),
        ("HUB_PORT", "8400x"),
        ("HUB_HOST", "http://me"),
        ("HUB_BASE_URL", "chat.example.org"),
        ("HUB_BASE_URL", "https://chat.example.org/hub"),
        ("HUB_BASE_URL", "https://chat.example.org:99999"),
        ("HUB_BASE_URL", "https://me:pass@chat.example.org"),
        ("HUB_FILES_URL", "http://127.0.0.1:8400"),
        ("HUB_DATABASE_URL", "mysql://hunter2@x/y"),
        ("HUB_DATABASE_URL", "sqlite:///"),
        ("HUB_DATABASE_URL", "postgresql://"),
        ("HUB_DATABASE_URL", "postgresql://[hunter2/x"),
        ("HUB_REDIS_URL", "http://hunter2"),
        ("HUB_BLOBS_URL", "s3://"),
        ("HUB_BLOBS_URL", "blobs"),
        ("HUB_SECRET_KEY", "hunter2"),
        ("HUB_TRUSTED_PROXIES", "10.0.0.0/8;::1"),
        ("HUB_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("HUB_LIMITS", "0"),
        ("HUB_LIMITS", "-1"),
        ("HUB_LIMITS", "nan"),
        ("HUB_LOG_LEVEL", "loud"),
        ("HUB_HOME", "a\0b"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_line(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load({"HUB_SECRET_KEY": KEY, variable: value})

    assert caught.value.message.startswith(f"{variable} ")
    assert "\n" not in caught.value.message
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    ("variable", "says"),
    [
        ("HUB_DATABSE_URL", "HUB_DATABSE_URL is no setting: did you mean HUB_DATABASE_URL?"),
        ("HUB_XYZZY", "HUB_XYZZY is no setting: docs/settings.md lists all settings"),
        ("HUB_SECRET_", "HUB_SECRET_ is no setting: did you mean HUB_SECRET_KEY?"),
        ("HUB_ÖL\n", "HUB_ÖL? is no setting: docs/settings.md lists all settings"),
    ],
)
def test_an_unknown_variable_stops_the_start(variable: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load({"HUB_SECRET_KEY": KEY, variable: "1"})

    assert caught.value.message == says


def test_a_home_that_cannot_be_made_is_said_clearly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsError, match=r"HUB_SECRET_KEY is not set and .* cannot be read or made"):
        settings.load({"HUB_HOME": str(tmp_path / "file" / "home")})


def test_printing_settings_tells_no_secret(tmp_path: Path) -> None:
    loaded = settings.load(
        {"HUB_SECRET_KEY": KEY, "HUB_SECRET_SMS": "hunter2", "HUB_DATABASE_URL": "postgresql://a:hunter2@b/c"}
    )

    assert KEY not in repr(loaded)
    assert "hunter2" not in repr(loaded)


def test_settings_cannot_be_changed() -> None:
    loaded = settings.load({"HUB_SECRET_KEY": KEY})

    with pytest.raises(AttributeError):
        loaded.port = 1  # type: ignore[misc]


def test_the_page_of_settings_is_up_to_date() -> None:
    written = Path(settings.__file__).parents[1] / "docs" / "settings.md"

    assert written.read_text() == settings.page(), "run `python -m hub.settings > docs/settings.md`"
