"""`login` and `panels`: what is asked, what is stored and where, and what whoever leaves early leaves behind."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bulkorders.errors import UsageError
from bulkorders.keystore import store_key
from bulkorders.sandbox import requests
from bulkorders.settingsfile import change, read
from tests.desk import Desk
from tests.test_run import FAST, good, states
from tests.wire import closed_port, http, wire

WRITTEN = """\
# Mine.
rate = 3  # not too fast

[panels.old]  # the first one
url = "https://old.example/api/v2"
timeout = 20
# the end
"""
ADDRESS, KEY, ONCE_MORE = "API address", "it stays hidden here", "Once more"


@pytest.fixture
def bare(desk: Desk) -> Desk:
    """A desk of somebody who has set up nothing: no address and no key in the environment."""
    bare = Desk(desk.folder, "", desk.books)
    bare.key = ""
    return bare


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The settings file that the options name, with something in it."""
    path = tmp_path / "own.toml"
    path.write_text(WRITTEN, "utf-8")
    return path


def kept(path: Path) -> dict[str, Any]:
    """What the keyring holds: secrets by address and name."""
    found = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {service: names for service, names in found.items() if names}


def key_file(tmp_path: Path, key: str = "sandbox") -> str:
    path = tmp_path / f"{key}.txt"
    path.write_text(key, "utf-8")
    return str(path)


# --- at a terminal ---------------------------------------------------------------------------------------------------


def test_the_dialogue(desk: Desk, bare: Desk, tmp_path: Path, use_keyring: Callable[..., Path]) -> None:
    """A new user: a wrong address, a wrong key, then both right; from then on every command finds them."""
    from tests.terminal import typing_at

    keyring, nobody = use_keyring(), f"http://127.0.0.1:{closed_port()}/api/v2"
    terminal = typing_at(bare, "login")
    assert "[https://igwish.com/api/v2]" in terminal.until(ADDRESS) + terminal.until(": ")
    terminal.type(nobody)
    terminal.until(KEY)
    terminal.type("first-secret")
    said = terminal.until(ONCE_MORE)
    assert f"{nobody} cannot be reached" in said
    terminal.until(f"[{nobody}]: ")
    terminal.type(desk.url)
    terminal.until(KEY)  # what was typed for the other address does not go to this one
    terminal.type("second-secret")
    assert "did not accept the key" in terminal.until(ONCE_MORE)
    terminal.until(KEY)
    terminal.type("sandbox")
    terminal.until("The key works: the balance is 500.00 USD.")
    terminal.until("Next: bulkorders check orders.xlsx")
    assert terminal.end() == 0
    assert not [word for word in ("sandbox", "first-secret", "second-secret") if word in terminal.shown]
    assert kept(keyring) == {f"bulkorders {desk.url}": {"default": "sandbox"}}
    (file,) = (tmp_path / "home").rglob("bulkorders.toml")
    assert tomllib.loads(file.read_text("utf-8")) == {"url": desk.url}
    assert sum(r.action == "balance" for r in requests(desk.books)) == 2
    assert bare.run("balance").out == "500.00000 USD\n"
    assert states(bare.run("run", str(bare.sheet("orders.xlsx", good(1))), *FAST)) == {"placed": 1}


def test_three_tries(desk: Desk, bare: Desk, use_keyring: Callable[..., Path], own: Path) -> None:
    """A panel that keeps refusing the key is not asked for ever."""
    from tests.terminal import typing_at

    keyring = use_keyring()
    terminal = typing_at(bare, "login", "shop", "--url", desk.url, "--config", str(own))
    for _ in range(3):
        terminal.until(KEY)
        terminal.type("wrong-secret")
    assert terminal.end() == 3
    assert terminal.shown.strip().endswith("Copy it from your account page.")
    assert "wrong-secret" not in terminal.shown
    assert (own.read_text("utf-8"), kept(keyring)) == (WRITTEN, {})
    assert len(requests(desk.books)) == 3


def at_address(terminal: Any, desk: Desk) -> None:
    """Leave at the first question."""
    terminal.until(ADDRESS)


def at_key(terminal: Any, desk: Desk) -> None:
    """Leave at the second one."""
    at_address(terminal, desk)
    terminal.type(desk.url)
    terminal.until(KEY)


def at_second_try(terminal: Any, desk: Desk) -> None:
    """Leave after a key that was wrong."""
    at_key(terminal, desk)
    terminal.type("wrong-secret")
    terminal.until(ONCE_MORE)
    terminal.until(KEY)


def at_replacing(terminal: Any, desk: Desk) -> None:
    """Leave where the old address would be replaced."""
    at_key(terminal, desk)
    terminal.type("sandbox")
    terminal.until("Replace it by")


def at_removing(terminal: Any, desk: Desk) -> None:
    """Leave where the table would be taken out."""
    terminal.until("too?")


@pytest.mark.parametrize("leave", [at_address, at_key, at_second_try, at_replacing, at_removing])
def test_ctrl_c_at_each_question(
    desk: Desk, bare: Desk, use_keyring: Callable[..., Path], own: Path, leave: Callable[[Any, Desk], None]
) -> None:
    """Exit code 130, and file and keyring are as they were."""
    from tests.terminal import typing_at

    keyring = use_keyring()
    store_key("old", "https://old.example/api/v2", "old-secret")
    before = kept(keyring)
    more = ("--remove",) if leave is at_removing else ()
    terminal = typing_at(bare, "login", "old", *more, "--config", str(own))
    leave(terminal, desk)
    terminal.interrupt()
    assert terminal.end() == 130
    assert "Interrupted: nothing was changed." in terminal.shown
    assert (own.read_text("utf-8"), kept(keyring)) == (WRITTEN, before)
    assert [path.name for path in own.parent.iterdir() if "own" in path.name] == ["own.toml"]


@pytest.mark.parametrize("answer", ["", "n", "y"])
def test_another_address_replaces_the_old_one_only_when_the_person_says_so(
    desk: Desk, bare: Desk, use_keyring: Callable[..., Path], own: Path, answer: str
) -> None:
    """Then the key for the old one goes, too; comments and order stay."""
    from tests.terminal import typing_at

    keyring = use_keyring()
    store_key("old", "https://old.example/api/v2", "old-secret")
    terminal = typing_at(bare, "login", "old", "--url", desk.url, "--config", str(own))
    terminal.until(KEY)
    terminal.type("sandbox")
    terminal.until(f"has the address https://old.example/api/v2 under [panels.old]. Replace it by {desk.url}?")
    terminal.type(answer)
    assert terminal.end() == (0 if answer == "y" else 2)
    if answer == "y":
        assert own.read_text("utf-8") == WRITTEN.replace("https://old.example/api/v2", desk.url)
        assert kept(keyring) == {f"bulkorders {desk.url}": {"panels.old": "sandbox"}}
    else:
        assert own.read_text("utf-8") == WRITTEN
        assert kept(keyring) == {"bulkorders https://old.example/api/v2": {"panels.old": "old-secret"}}


# --- without one ------------------------------------------------------------------------------------------------------


def test_without_a_terminal(
    desk: Desk, bare: Desk, tmp_path: Path, use_keyring: Callable[..., Path], own: Path
) -> None:
    """Address and key from options; one JSON object; a second time nothing in the file changes."""
    keyring = use_keyring()
    options = ("login", "shop", "--url", desk.url, "--config", str(own), "--json")
    ran = bare.run(*options, "--key-file", "-", stdin="sandbox\n")
    assert ran.code == 0, ran.err
    assert ran.json == {
        "name": "shop",
        "url": desk.url,
        "balance": "500.00000",
        "currency": "USD",
        "file": str(own),
        "key_stored": True,
    }
    assert "Next: bulkorders --panel shop check orders.xlsx" in ran.err
    written = own.read_text("utf-8")
    assert written.startswith(WRITTEN)
    assert tomllib.loads(written)["panels"]["shop"] == {"url": desk.url}
    assert kept(keyring) == {f"bulkorders {desk.url}": {"panels.shop": "sandbox"}}
    assert bare.run("balance", "--panel", "shop", "--config", str(own)).code == 0
    again = bare.run("login", "shop", "--config", str(own), "--key-file", key_file(tmp_path))
    assert (again.code, own.read_text("utf-8")) == (0, written)


MISSING = {
    (): "--url URL and --key-file FILE are missing",
    ("--yes",): "--url URL and --key-file FILE are missing",
    ("--url", "https://a.example/api"): "--key-file FILE is missing",
    ("--key-file", "KEY"): "--url URL is missing",
    ("--key-file", "KEY", "--url", "http://a.example/api"): "is not encrypted",
    ("--key-file", "KEY", "--url", "https://me:secret@a.example/api"): "has a password or key in it",
    ("--key-file", "NONE", "--url", "https://a.example/api"): "cannot be read",
    ("--sandbox",): "The practice panel has no account to log in to",
    ("--panel", "other"): 'Two panels are named, "shop" and "other"',
    ("--remove",): 'There is no panel called "shop"',
}


@pytest.mark.parametrize("options", MISSING, ids=" ".join)
def test_wrong_usage(
    bare: Desk, tmp_path: Path, use_keyring: Callable[..., Path], own: Path, options: tuple[str, ...]
) -> None:
    """Exit code 2, a sentence, and nothing changed or sent."""
    keyring, named = use_keyring(), {"KEY": key_file(tmp_path), "NONE": str(tmp_path / "none.txt")}
    ran = bare.run("login", "shop", *(named.get(o, o) for o in options), "--config", str(own))
    assert ran.code == 2
    assert MISSING[options] in ran.err
    assert (own.read_text("utf-8"), kept(keyring), "secret" in ran.err) == (WRITTEN, {}, False)


def test_what_a_panel_says_to_a_login(
    desk: Desk, bare: Desk, tmp_path: Path, use_keyring: Callable[..., Path], own: Path
) -> None:
    """Refused, not a panel at all, too busy: exit code 3 and what to do."""
    keyring, given = use_keyring(), ("login", "--config", str(own), "--key-file", key_file(tmp_path, "a-secret"))
    assert "did not accept the key" in bare.run(*given, "--url", desk.url).err
    said = [
        (http(b"<html><title>Shop</title></html>"), "answers, but not as a panel's API does"),
        (http({"error": "Too many requests"}, 429), "The panel asks to wait"),
    ]
    for reply, sentence in said:
        with wire(reply) as server:
            ran = bare.run(*given, "--url", server.url)
        assert ran.code == 3
        assert sentence in ran.err
        assert "a-secret" not in ran.err
    assert (own.read_text("utf-8"), kept(keyring)) == (WRITTEN, {})


@pytest.mark.parametrize(
    ("backend", "mood", "why"),
    [
        (None, "", "This computer has no keyring in which a key could be stored."),
        ("PlainKeyring", "", "This computer has no keyring in which a key could be stored."),
        ("FileKeyring", "locked", "The keyring of this computer cannot be read (it is locked)."),
        ("FileKeyring", "forgets", "The keyring of this computer did not do it, and did not say why."),
    ],
)
def test_without_a_keyring_nothing_is_stored_in_plain_text(
    desk: Desk,
    bare: Desk,
    tmp_path: Path,
    use_keyring: Callable[..., Path],
    backend: str | None,
    mood: str,
    why: str,
) -> None:
    """The key is tried, the address kept, and it is said what to do with the key; exit code 1."""
    if backend is not None:
        use_keyring(backend, mood)
    desk.key = "x"
    ran = bare.run("login", "--url", desk.url, "--key-file", "-", "--json", stdin="sandbox\n")
    assert (ran.code, ran.json["key_stored"]) == (1, False)
    assert f"The key was not stored. {why} Put it into the environment variable BULKORDERS_KEY, or" in ran.err
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path != desk.books]
    assert not [path for path in written if b'"sandbox"' in path.read_bytes()]
    assert ran.json["file"] in map(str, written)


def test_a_file_that_cannot_be_written_leaves_the_keyring_as_it_was(
    desk: Desk, bare: Desk, tmp_path: Path, use_keyring: Callable[..., Path], own: Path
) -> None:
    """The disk is full while the settings are written: neither half of them, nor the new key stays."""
    if sys.platform == "win32":
        pytest.skip("no limit on a file's size there")
    import resource

    keyring = use_keyring()
    store_key("shop", desk.url, "before")
    long = WRITTEN + "# a long comment\n" * 1_000
    own.write_text(long, "utf-8")
    process = bare.start(
        *("login", "shop", "--url", desk.url, "--config", str(own), "--key-file", key_file(tmp_path)),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, 8_192)),
    )
    _, said = process.communicate()
    assert process.returncode == 2, said
    assert f"The settings file {own} cannot be written" in said
    assert (own.read_text("utf-8"), kept(keyring)) == (long, {f"bulkorders {desk.url}": {"panels.shop": "before"}})
    assert [path.name for path in own.parent.iterdir() if "own" in path.name] == ["own.toml"]


def test_what_the_environment_overrides_is_said(
    desk: Desk, tmp_path: Path, use_keyring: Callable[..., Path], own: Path
) -> None:
    """Stored, and yet not used: that is said, but not where the panel will be named with --panel."""
    use_keyring()
    given = ("--url", desk.url, "--config", str(own), "--key-file", key_file(tmp_path))
    desk.url = "https://elsewhere.example/api"
    ran = desk.run("login", *given)
    assert "Note: BULKORDERS_KEY is set in the environment, and comes before the stored key." in ran.err
    assert "Note: BULKORDERS_URL is set in the environment, and comes before this address." in ran.err
    assert "Note" not in desk.run("login", "shop", *given).err


def test_two_accounts_at_one_address(desk: Desk, bare: Desk, use_keyring: Callable[..., Path], own: Path) -> None:
    """Each has its key."""
    keyring = use_keyring()
    with wire(http({"balance": "1", "currency": "USD"})) as server:
        for name in ("a", "b"):
            options = ("login", name, "--url", server.url, "--config", str(own), "--key-file", "-")
            assert bare.run(*options, stdin=f"key-of-{name}\n").code == 0
        assert list(kept(keyring).values()) == [{"panels.a": "key-of-a", "panels.b": "key-of-b"}]
        for name in ("a", "b"):
            assert bare.run("balance", "--panel", name, "--config", str(own)).code == 0
            assert server.forms[-1]["key"] == f"key-of-{name}"


# --- removing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("--yes",)])
def test_remove(bare: Desk, use_keyring: Callable[..., Path], own: Path, options: tuple[str, ...]) -> None:
    """The key goes; the table, and the line that makes it the usual one, only when that was agreed to."""
    keyring = use_keyring()
    store_key("old", "https://old.example/api/v2", "old-secret")
    store_key("", "https://old.example/api/v2", "another")
    before = f'panel = "old"\n{WRITTEN}'
    own.write_text(before, "utf-8")
    ran = bare.run("login", "--remove", *options, "--config", str(own), "--json")
    assert (ran.code, ran.json) == (0, {"name": "old", "key_removed": True, "settings_removed": bool(options)})
    assert "The key for old.example/api/v2 was taken out of the keyring of this computer." in ran.err
    assert kept(keyring) == {"bulkorders https://old.example/api/v2": {"default": "another"}}
    after = "# Mine.\nrate = 3  # not too fast\n\n"
    assert own.read_text("utf-8") == (after if options else before)
    assert bare.run("panels", "--config", str(own)).code == 0


def test_remove_the_one_without_a_name(
    desk: Desk, bare: Desk, tmp_path: Path, use_keyring: Callable[..., Path], own: Path
) -> None:
    """Its address goes, all other settings stay; a second time there is nothing to remove."""
    use_keyring()
    bare.run("login", "--url", desk.url, "--config", str(own), "--key-file", key_file(tmp_path))
    assert desk.url in own.read_text("utf-8")
    assert bare.run("login", "--remove", "--yes", "--config", str(own), "--json").json["key_removed"]
    assert tomllib.loads(own.read_text("utf-8")) == tomllib.loads(WRITTEN)
    again = bare.run("login", "--remove", "--yes", "--config", str(own), "--json")
    assert again.json == {"name": None, "key_removed": False, "settings_removed": False}
    assert "No key was stored for igwish.com/api/v2." in again.err


def test_remove_a_panel_that_has_the_common_key(bare: Desk, use_keyring: Callable[..., Path], own: Path) -> None:
    """[panels.fast] has no address of its own: the key of the panel without a name is not its to take."""
    keyring = use_keyring()
    store_key("", "https://igwish.com/api/v2", "common")
    own.write_text("[panels.fast]\nrate = 9\n", "utf-8")
    ran = bare.run("login", "fast", "--remove", "--yes", "--config", str(own), "--json")
    assert ran.json == {"name": "fast", "key_removed": False, "settings_removed": True}
    assert kept(keyring) == {"bulkorders https://igwish.com/api/v2": {"default": "common"}}


# --- the settings file ------------------------------------------------------------------------------------------------

FORMS = {
    "empty": "",
    "comments only": "# mine\n",
    "no line end": "rate = 1",
    "tables": WRITTEN,
    "an empty table": '[panels]\n[panels.a]\nurl = "https://a.example"\n',
    "inline": 'panels = { a = { url = "https://a.example" } } # c\n',
    "below": '[panels.shop.extra_fields]\nx = "1"\n[panels.a]\nrate = 1\n',
    "windows": "# mine\r\nrate = 1\r\n\r\n[panels.a]\r\nrate = 2\r\n",
    "mark": "\ufeffrate = 1\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_one_value_is_changed_and_nothing_else(tmp_path: Path, form: str) -> None:
    """However the file is written: every line of a person's own stays, in its order, and with its line end."""
    path = tmp_path / "bulkorders.toml"
    path.write_bytes(FORMS[form].encode())
    before = read(path).values
    for place in (("url",), ("panels", "shop", "url"), ("panels", "my shop", "url")):
        change(read(path), {place: "https://new.example/api"})
    text = path.read_bytes().decode()
    written = dict(read(path).values)
    assert written.pop("url") == "https://new.example/api"
    panels = dict(written.pop("panels"))
    assert panels.pop("my shop") == {"url": "https://new.example/api"}
    assert panels["shop"]["url"] == "https://new.example/api"
    assert written == {name: value for name, value in before.items() if name != "panels"}
    for line in FORMS[form].splitlines(keepends=True):
        assert line.rstrip("}# c\n") in text, line
    assert ("\r\n" in text) == (form == "windows")
    assert text.startswith("\ufeff") == (form == "mark")
    for place in (("url",), ("panels", "shop", "url"), ("panels", "my shop")):
        change(read(path), {place: None})
    assert {k: v for k, v in read(path).values.items() if k != "panels"} == written


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """Settings that are kept elsewhere, and linked to, are changed there; who may read them stays."""
    place = tmp_path / "dotfiles.toml"
    place.write_text("rate = 1\n", "utf-8")
    place.chmod(0o640)
    link = tmp_path / "bulkorders.toml"
    try:
        link.symlink_to(place)
    except OSError:
        pytest.skip("no links for this user")
    change(read(link), {("url",): "https://new.example/api"})
    assert link.is_symlink()
    assert read(place).values == {"rate": 1, "url": "https://new.example/api"}
    assert sys.platform == "win32" or place.stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_changed_is_left_alone(tmp_path: Path) -> None:
    """Where tomlkit would put the value in the wrong place, nothing is written, and it is said what to do."""
    path, text = tmp_path / "bulkorders.toml", 'panels.a.url = "https://a.example"\nrate = 1\n'
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=r"cannot change panels\.shop\.url in it"):
        change(read(path), {("panels", "shop", "url"): "https://new.example/api"})
    assert path.read_text("utf-8") == text


# --- panels -----------------------------------------------------------------------------------------------------------


def test_panels(desk: Desk, use_keyring: Callable[..., Path], own: Path) -> None:
    """Every panel with its address, its rate, where its key comes from, and which one is the usual; never a key."""
    use_keyring()
    store_key("old", "https://old.example/api/v2", "old-secret")
    own.write_text(WRITTEN + '[panels.odd]\nurl = "http://me:secret@odd.example"\nrate = 0\n', "utf-8")
    ran = desk.run("panels", "--config", str(own), "--json")
    usual, odd, old = ran.json["panels"]
    assert ran.json["file"] == str(own)
    assert usual == {
        "name": None,
        "url": desk.url,
        "rate": 3.0,
        "default": True,
        "key_stored": False,
        "key_from": "BULKORDERS_KEY",
        "url_from": "BULKORDERS_URL",
    }
    assert (old["url"], old["key_stored"], old["key_from"]) == ("https://old.example/api/v2", True, "keyring")
    assert old["url_from"] == f"url of [panels.old] in {own}, line 5"
    assert (odd["url"], odd["rate"], odd["key_stored"]) == ("(cannot be used)", 0.0, None)
    assert "has a password or key in it" in ran.json["notes"][0]
    text = desk.run("panels", "--config", str(own)).out
    assert [line.split()[:2] for line in text.splitlines()[1:3]] == [["*", "(no"], ["odd", "(cannot"]]
    assert "url of [panels.old], line 5" in text
    assert "no limit" in text
    assert not [word for word in ("secret", desk.key) if word in text + ran.out]
    (only,) = desk.run("panels", "--panel", "old", "--config", str(own), "--json").json["panels"]
    assert (only["name"], only["default"]) == ("old", False)


def test_panels_of_a_file_with_a_usual_one(bare: Desk, use_keyring: Callable[..., Path], own: Path) -> None:
    """The one that commands use stands first."""
    use_keyring(mood="locked")
    own.write_text(f'panel = "old"\n{WRITTEN}[panels.a]\nrate = 1\n', "utf-8")
    listed = bare.run("panels", "--config", str(own), "--json").json
    assert [(p["name"], p["default"], p["key_stored"]) for p in listed["panels"]] == [
        ("old", True, None),
        ("a", False, None),
    ]
    assert listed["notes"] == [
        "Note: The keyring of this computer cannot be read (it is locked). "
        "Unlock it and run the command again, or name a file that holds the key with --key-file."
    ]


def test_panels_where_nothing_is_set_up(bare: Desk) -> None:
    """The usual address, and no key."""
    text = bare.run("panels").out
    assert "https://igwish.com/api/v2  2                none  the usual one" in text
    assert "Settings file: none" in text


def test_the_practice_panel_asks_no_keyring(bare: Desk, use_keyring: Callable[..., Path]) -> None:
    """A locked one keeps nobody from practising."""
    use_keyring(mood="locked")
    assert bare.run("balance", "--sandbox").code == 0
    assert "it is locked" in bare.run("balance").err
