"""Settings: where they come from, and what is said about a wrong one."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from math import inf
from pathlib import Path

import pytest

from bulkorders.account import find_key
from bulkorders.config import DEFAULT_URL, SETTINGS, Key, Settings, find_file, load
from bulkorders.errors import UsageError
from bulkorders.keystore import store_key, stored_key
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


EVERY = """
# Everything that can be set.
url = "https://all.example/api/v2"
panel = "shop"
ledger = "/orders/ledger.sqlite3"
log = "/orders/requests.log"
rate = 5
concurrency = 8
timeout = 90
confirm_above = 250
connect_timeout = 20
idempotency_field = "request_id"
extra_fields = { source = "bulk", campaign = 7 }
quantity_with_package = true
multi_status = false

[panels.shop]
url = "https://shop.example/api/v2"
rate = 0.5
concurrency = 1
timeout = 30
confirm_above = 99.50
connect_timeout = 5
idempotency_field = "once"
quantity_with_package = false
multi_status = true

[panels.shop.extra_fields]
source = "shop"

[panels.bare]
"""


def test_every_setting(tmp_path: Path) -> None:
    """A file with all of them: those of the panel's table come first, the others are the file's own."""
    assert all(f"\n{s.name} = " in EVERY for s in SETTINGS)
    s = settings(tmp_path, text=EVERY)
    assert (s.url, s.panel, s.chosen) == ("https://shop.example/api/v2", "shop.example/api/v2", "shop")
    assert (s.ledger, s.log) == (Path("/orders/ledger.sqlite3"), Path("/orders/requests.log"))
    assert (s.rate, s.concurrency, s.timeout, s.connect_timeout) == (0.5, 1, 30.0, 5.0)
    assert (s.idempotency_field, s.extra_fields) == ("once", {"source": "shop"})
    assert (s.quantity_with_package, s.multi_status) == (False, True)
    assert s.confirm_above == Decimal("99.50")
    bare = settings(tmp_path, panel="bare")
    assert (bare.url, bare.rate, bare.concurrency) == ("https://all.example/api/v2", 5.0, 8)
    assert (bare.timeout, bare.connect_timeout, bare.idempotency_field) == (90.0, 20.0, "request_id")
    assert bare.extra_fields == {"source": "bulk", "campaign": "7"}
    assert (bare.quantity_with_package, bare.multi_status) == (True, False)


WRONG: list[tuple[str, int, str]] = [
    ("url = 5", 1, 'url in FILE, is "5"; allowed is an https:// address.'),
    ("\n\npanel = true", 3, 'panel in FILE, is "True"; allowed is the name of a [panels.NAME] table.'),
    ('ledger = "/"', 1, 'ledger in FILE, is "/"; allowed is a file.'),
    ('log = "."', 1, 'log in FILE, is "."; allowed is a file.'),
    ("# mine\nrate = -1", 2, 'rate in FILE, is "-1"; allowed is orders a second, 0 for no limit.'),
    ('rate = "fast"', 1, 'rate in FILE, is "fast"'),
    ("rate = true", 1, 'rate in FILE, is "True"'),
    ("rate = nan", 1, 'rate in FILE, is "nan"'),
    ("concurrency = 0", 1, 'concurrency in FILE, is "0"; allowed is a whole number from 1 to 100.'),
    ("concurrency = 2.5", 1, 'concurrency in FILE, is "2.5"'),
    ("timeout = 0", 1, 'timeout in FILE, is "0"; allowed is seconds, more than 0.'),
    ("timeout = inf", 1, 'timeout in FILE, is "inf"'),
    ("connect_timeout = false", 1, 'connect_timeout in FILE, is "False"; allowed is seconds, more than 0.'),
    ('idempotency_field = "two words"', 1, 'idempotency_field in FILE, is "two words"'),
    ('idempotency_field = "Quantity"', 1, 'idempotency_field in FILE, is "Quantity"'),
    ("confirm_above = -1", 1, 'confirm_above in FILE, is "-1"; allowed is an amount such as 250 or 99.50.'),
    ('confirm_above = "much"', 1, 'confirm_above in FILE, is "much"'),
    ("confirm_above = true", 1, 'confirm_above in FILE, is "True"'),
    ("quantity_with_package = 1", 1, 'quantity_with_package in FILE, is "1"; allowed is true or false.'),
    ('multi_status = "no"', 1, 'multi_status in FILE, is "no"; allowed is true or false.'),
    ("extra_fields = 3", 1, "extra_fields is no table (FILE); allowed is a table of names and texts"),
    ('[extra_fields]\na = "b"\nlink = "x"', 3, 'extra_fields has "link", which the panel gets from bulkorders itself'),
    ('[extra_fields]\nkey = "secret"', 2, 'extra_fields has "key", which the panel gets from bulkorders itself (FILE)'),
    ('[extra_fields]\n"a b" = "secret"', 2, 'extra_fields has "a b", which cannot be the name of a field (FILE)'),
    ("[extra_fields]\na = 1.5", 2, 'extra_fields has "a" with something else than a text or a whole number (FILE)'),
    ("[extra_fields]\na = true", 2, 'extra_fields has "a" with something else'),
    ("[panels.b.extra_fields]\nRuns = 2", 2, 'extra_fields has "Runs", which the panel gets from bulkorders itself ('),
    (
        "retries = 3",
        1,
        '"retries" is not a setting (FILE). Allowed are concurrency, confirm_above, connect_timeout, extra_fields,',
    ),
    ("Timeout = 3", 1, '"Timeout" is not a setting (FILE). Did you mean timeout? Allowed are'),
    (
        "key = 'secret'",
        1,
        '"key" is not a setting (FILE). A key does not belong into this file: take the line out, and',
    ),
    ("[panels.b]\nKEY = 'secret'", 2, "take the line out, and run `bulkorders login b`, which keeps the key safe."),
    ("[panels.b]\n\n# c\ncolour = 1", 4, '"colour" is not a setting ([panels.b] in FILE). Allowed are concurrency,'),
    ("[panels.b]\nrate = -1", 2, 'rate of [panels.b] in FILE, is "-1"; allowed is orders a second'),
    ('[panels.b]\nledger = "l"', 2, '"ledger" is not a setting ([panels.b] in FILE). It holds for all panels: put it'),
    ("[panels]\nshop = 3", 2, "panels.shop is no table (FILE): write [panels.shop] with its settings below."),
    ("panels = 3", 1, "panels is no table (FILE): write [panels.NAME] with its settings below."),
]


@pytest.mark.parametrize(("text", "line", "said"), WRONG, ids=[text for text, _, _ in WRONG])
def test_a_wrong_setting_is_told(tmp_path: Path, text: str, line: int, said: str) -> None:
    """The sentence says in which file and line it stands, what it is, and what is allowed; never what may be secret."""
    with pytest.raises(UsageError) as caught:
        settings(tmp_path, text=text)
    where = f"{tmp_path / 'bulkorders.toml'}, line {line}"
    assert said in str(caught.value).replace(where, "FILE"), str(caught.value)
    assert where in str(caught.value)
    assert "secret" not in str(caught.value)


def test_every_wrong_name_and_value_has_a_case() -> None:
    """A new setting needs its wrong values here."""
    assert {s.name for s in SETTINGS} <= {said.split()[0] for _, _, said in WRONG}


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Also those of panels that are not used now, each with its line."""
    text = 'rate = -1\nextra_fields = """\nlong\n"""\n[panels.a]\ntimeout = 0\n[panels.b]\nspeed = 3\n'
    with pytest.raises(UsageError) as caught:
        settings(tmp_path, text=text, panel="a")
    said = str(caught.value).splitlines()
    assert [re.search(r"line (\d+)", line)[1] for line in said[:-1]] == ["1", "2", "6", "8"]  # type: ignore[index]
    assert said[-1] == "Correct them and run the command again."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"rate = ", "has a mistake: Invalid value (at end of document)"),
        (b"rate = 1\nrate = 2", "has a mistake: Cannot overwrite a value (at"),
        (b"# caf\xe9", "cannot be read (it is not UTF-8 text)"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, content: bytes, said: str) -> None:
    """What the parser says has the line; what it cannot read is said in plain words."""
    (tmp_path / "bulkorders.toml").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        settings(tmp_path)
    assert said in str(caught.value)


@pytest.mark.parametrize("start", ["", "\ufeff", "# a\r\n\r\n"])
def test_windows_files(tmp_path: Path, start: str) -> None:
    """A mark at the start and other line ends make no difference."""
    (tmp_path / "bulkorders.toml").write_bytes(f"{start}rate = 7\r\ntimeout = 9\r\n".encode())
    assert settings(tmp_path).rate == 7.0
    file = find_file(None, tmp_path)
    assert file.where(("timeout",)).endswith(f"line {4 if '#' in start else 2}")


def test_a_panel_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With the nearest name, the known ones, and the command that sets it up."""
    with pytest.raises(UsageError) as caught:
        settings(tmp_path, text="[panels.shop]\n[panels.salon]", panel="shp")
    assert "Did you mean shop? Known panels: salon, shop. `bulkorders login shp` sets it up." in str(caught.value)


def test_an_idempotency_field_cannot_be_fixed(tmp_path: Path) -> None:
    """A field whose number is new for every order cannot have a fixed value, too: the panel would take the second order
    for the first one.
    """
    text = 'idempotency_field = "request_id"\n[panels.shop.extra_fields]\nrequest_id = "1"'
    assert settings(tmp_path, text=text).idempotency_field == "request_id"
    with pytest.raises(UsageError, match='"request_id" is the idempotency_field and one of extra_fields'):
        settings(tmp_path, panel="shop")


# --- which address, which key ----------------------------------------------------------------------------------------

SHOP = '[panels.shop]\nurl = "https://shop.example/api/v2"\nrate = 1\n'


def test_a_panel_that_is_named_beats_the_environment(tmp_path: Path) -> None:
    """`--panel shop` orders at shop, whatever address the environment has."""
    environment = {"BULKORDERS_URL": "https://env.example/api", "BULKORDERS_RATE": "9"}
    named = settings(tmp_path, text=SHOP, environment=environment, panel="shop")
    assert (named.url, named.rate) == ("https://shop.example/api/v2", 1.0)
    by_environment = settings(tmp_path, environment=environment | {"BULKORDERS_PANEL": "shop"})
    assert (by_environment.url, by_environment.rate) == ("https://env.example/api", 9.0)


def test_a_key_that_stands_beside_an_address_goes_to_no_other(tmp_path: Path) -> None:
    """BULKORDERS_KEY with BULKORDERS_URL is that panel's key; alone it is for whatever panel is asked for."""
    alone = {"BULKORDERS_KEY": "secret"}
    assert settings(tmp_path, text=SHOP, environment=alone, panel="shop").key.reveal() == "secret"
    assert settings(tmp_path, environment=alone).key.reveal() == "secret"
    both = alone | {"BULKORDERS_URL": "https://env.example/api"}
    assert settings(tmp_path, environment=both).key.reveal() == "secret"
    withheld = settings(tmp_path, environment=both, panel="shop")
    assert not withheld.key
    with pytest.raises(UsageError, match="BULKORDERS_KEY is for the address in BULKORDERS_URL, and goes to no other"):
        find_key(withheld, withheld.url)


def test_where_a_key_comes_from(tmp_path: Path, use_keyring: Callable[..., Path]) -> None:
    """A file, then the environment, then the keyring; for a panel that is named, its stored key before that of the
    environment, which may be another panel's.
    """
    use_keyring()
    store_key("shop", "https://shop.example/api/v2", "of-shop")
    store_key("", DEFAULT_URL, "stored")
    file = tmp_path / "key.txt"
    file.write_text("of-file")
    environment = {"BULKORDERS_KEY": "of-environment"}

    def found(environment: dict[str, str], **options: str) -> str:
        s = settings(tmp_path, text=SHOP, environment=environment, **options)
        return find_key(s, s.url).reveal()

    assert found(environment, key_file=str(file)) == found(environment, key_file=str(file), panel="shop") == "of-file"
    assert found(environment) == "of-environment"
    assert found({}) == "stored"
    assert found(environment, panel="shop") == found({}, panel="shop") == "of-shop"
    assert found(environment | {"BULKORDERS_PANEL": "shop"}) == "of-environment"
    with pytest.raises(UsageError, match=r"No API key is set for other\.example"):
        found({"BULKORDERS_URL": "https://other.example/api"})


def test_a_stored_key_is_found_for_its_address_only(tmp_path: Path, use_keyring: Callable[..., Path]) -> None:
    """Another address under the same name, or another name at the same address, has no key."""
    use_keyring()
    store_key("shop", "https://shop.example/api/v2", "of-shop")
    assert stored_key("shop", "https://shop.example/api/v2") == "of-shop"
    for panel, address in (("shop", "https://shop.example/api/v3"), ("", "https://shop.example/api/v2")):
        assert stored_key(panel, address) == ""


def test_a_panel_without_an_address_of_its_own_has_the_common_key(
    tmp_path: Path, use_keyring: Callable[..., Path]
) -> None:
    """[panels.fast] that only changes the pace is the same account."""
    use_keyring()
    store_key("", DEFAULT_URL, "stored")
    s = settings(tmp_path, text="[panels.fast]\nrate = 9", panel="fast")
    assert find_key(s, s.url).reveal() == "stored"


def test_a_keyring_that_cannot_be_read_is_told(tmp_path: Path, use_keyring: Callable[..., Path]) -> None:
    """Locked: a sentence with what to do. With a key from the environment nobody asks it; with --sandbox neither."""
    use_keyring(mood="locked")
    with pytest.raises(UsageError) as caught:
        find_key(settings(tmp_path), DEFAULT_URL)
    assert str(caught.value).startswith("The keyring of this computer cannot be read (it is locked). Unlock it and run")
    assert find_key(settings(tmp_path, environment={"BULKORDERS_KEY": "secret"}), DEFAULT_URL).reveal() == "secret"


def test_a_wrong_address_is_told_with_its_place(desk: Desk) -> None:
    """Which line, or which variable."""
    config = desk.folder / "own.toml"
    config.write_text('[panels.shop]\nurl = "http://shop.example/api/v2"\n', "utf-8")
    ran = desk.run("balance", "--config", str(config), "--panel", "shop")
    assert ran.code == 2
    assert (
        f"is not encrypted: the key could be read on its way. It stands as url of [panels.shop] in {config}, line 2."
        in ran.err
    )
    desk.url = "ftp://shop.example"
    assert "It stands as BULKORDERS_URL." in desk.run("balance").err


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
        find_key(settings(tmp_path), DEFAULT_URL)


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
