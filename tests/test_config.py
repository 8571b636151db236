"""Settings: where they come from, and what is said about a wrong one."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from bulkorders.config import DEFAULT_URL, Key, Settings, load, require_key
from bulkorders.errors import UsageError
from tests.desk import Desk


def settings(
    tmp_path: Path, *, text: str = "", environment: dict[str, str] | None = None, **options: object
) -> Settings:
    """Settings with this `bulkorders.toml` beside the input."""
    if text:
        (tmp_path / "bulkorders.toml").write_text(text, "utf-8")
    return load(options, environment=environment or {}, beside=tmp_path)


def test_the_defaults(tmp_path: Path) -> None:
    """Without any setting: the reference's panel, two orders a second, four at a time, a minute for an answer, and
    from 100 on the total is typed.
    """
    s = settings(tmp_path)
    assert (s.url, s.rate, s.concurrency, s.timeout) == (DEFAULT_URL, 2.0, 4, 60.0)
    assert s.confirm_above == 100
    assert s.panel == "igwish.com/api/v2"


def test_options_beat_environment_beats_file(tmp_path: Path) -> None:
    """The nearest word counts."""
    text = 'rate = 3\nurl = "https://file.example/api"\nconcurrency = 8'
    environment = {"BULKORDERS_RATE": "4", "BULKORDERS_URL": "https://env.example/api"}
    s = settings(tmp_path, text=text, environment=environment, rate=5.0)
    assert (s.rate, s.url, s.concurrency) == (5.0, "https://env.example/api", 8)


def test_a_panel_of_the_file(tmp_path: Path) -> None:
    """--panel picks a table of the file; its values beat the file's own."""
    text = 'rate = 3\n[panels.shop]\nurl = "https://shop.example/api/v2"\nrate = 1'
    s = settings(tmp_path, text=text, panel="shop")
    assert (s.panel, s.url, s.rate) == ("shop.example/api/v2", "https://shop.example/api/v2", 1.0)
    assert settings(tmp_path, environment={"BULKORDERS_PANEL": "shop"}).panel == "shop.example/api/v2"


def test_no_rate_limit(tmp_path: Path) -> None:
    """A rate of 0 means no limit."""
    assert settings(tmp_path, rate=0.0).rate == inf


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rate = -1", "rate in"),
        ('rate = "fast"', "orders a second"),
        ("concurrency = 0", "from 1 to 100"),
        ("concurrency = 2.5", "whole number"),
        ("timeout = 0", "more than 0"),
        ("confirm_above = -1", "an amount such as 250"),
        ('confirm_above = "much"', "an amount such as 250"),
        ('log = "."', "a file"),
        ('ledger = "/"', "a file"),
        ("retries = 3", '"retries" is not a setting'),
        ("key = 'secret'", '"key" is not a setting'),
        ("[panels.shop]\ncolour = 1", "[panels.shop]"),
        ("rate = ", "has a mistake"),
        ("panel = 'nowhere'", "Known panels: none"),
        ("[panels]\nshop = 3", "panels.shop"),
    ],
)
def test_a_wrong_setting_is_told(tmp_path: Path, text: str, said: str) -> None:
    """The sentence says where it stands, what it is, and what is allowed."""
    with pytest.raises(UsageError) as caught:
        settings(tmp_path, text=text)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_missing_settings_file_is_told(tmp_path: Path) -> None:
    """--config with a file that is not there."""
    with pytest.raises(UsageError, match="cannot be read"):
        settings(tmp_path, config=str(tmp_path / "none.toml"))


def test_a_practice_run_has_its_own_ledger(tmp_path: Path) -> None:
    """With --sandbox, neither the ledger, nor the key, nor the address of the real account is used."""
    environment = {"BULKORDERS_KEY": "secret", "BULKORDERS_LEDGER": str(tmp_path / "l.sqlite3")}
    real, practice = (settings(tmp_path, environment=environment, sandbox=s) for s in (False, True))
    assert real.ledger != practice.ledger
    assert practice.ledger.parent == tmp_path
    assert (practice.url, bool(practice.key), practice.panel) == ("", False, "practice panel")


def test_a_missing_key_is_told(tmp_path: Path) -> None:
    """Without a key, the sentence says where to put it."""
    with pytest.raises(UsageError, match="BULKORDERS_KEY"):
        require_key(settings(tmp_path))


def test_the_key_cannot_be_printed(tmp_path: Path) -> None:
    """No way of showing the settings shows the key."""
    s = settings(tmp_path, environment={"BULKORDERS_KEY": "hunter2hunter2"})
    for shown in (repr(s), str(s), f"{s.key}", repr(s.key), str(Key("hunter2hunter2"))):
        assert "hunter2" not in shown
    assert s.key.reveal() == "hunter2hunter2"


def test_the_key_comes_from_a_file_or_from_standard_input(desk: Desk, tmp_path: Path) -> None:
    """`--key-file FILE` and `--key-file -` give the key, and win over the environment."""
    path = desk.sheet("orders.xlsx", [["Service", "Link", "Quantity"], [1, "https://example.com/1", 100]])
    desk.key = "another-key-0815"
    file = tmp_path / "key.txt"
    file.write_text("sandbox\n", "utf-8-sig")
    assert desk.run("check", str(path), "--no-results", "--key-file", str(file)).code == 0
    assert desk.run("--key-file", "-", "check", str(path), "--no-results", stdin="sandbox\n").code == 0
    assert desk.run("check", str(path), "--no-results").code == 3


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        (b"\n secret-0815", "There is no key in the first line"),
        (b"secret 0815", "There is no key in the first line"),
        (b"\xff\xfe\xff", "cannot be read (it is not text)"),
    ],
)
def test_a_key_file_without_a_key(desk: Desk, tmp_path: Path, content: bytes | None, told: str) -> None:
    """It is told with what to do, and nothing of what stands there is shown."""
    file = tmp_path / "key.txt"
    if content is not None:
        file.write_bytes(content)
    ran = desk.run("balance", "--key-file", str(file))
    assert ran.code == 2
    assert told in ran.err
    assert "0815" not in ran.err


def test_standard_input_gives_one_thing(desk: Desk) -> None:
    """Orders and key cannot both come from there."""
    ran = desk.run("check", "-", "--key-file", "-", stdin="sandbox\n")
    assert ran.code == 2
    assert "name a file for one of them" in ran.err
