"""Each fault does what its name says, exactly where the spec puts it."""

from __future__ import annotations

import threading
from collections import Counter

import httpx
import pytest

from bulkorders.sandbox import FAULT_NAMES, FaultSpecError, orders, practice_panel, requests
from bulkorders.sandbox.faults import read_faults

# what the client sees, is the order in the books
SEEN = {
    "refuse": ("200 Incorrect request", False),
    "busy": ("429 Too many requests", False),
    "wait": ("200 Spam protection, wait 1 seconds", False),
    "error-before": ("502 html", False),
    "error-after": ("502 html", True),
    "reset-before": ("ReadError", False),
    "reset-after": ("ReadError", True),
    "silence": ("ReadTimeout", True),
    "silence-before": ("ReadTimeout", False),
    "half": ("RemoteProtocolError", True),
    "html": ("200 html", False),
    "html-after": ("200 html", True),
    "empty": ("200 ", True),
    "nonsense": ("200 {'result': 'ok'}", True),
}


def observe(client, timeout=30.0, **fields):
    """What a client sees of one `add`, in a word or two."""
    form = {"key": "sandbox", "action": "add", "service": 1, "quantity": 100} | fields
    try:
        response = client.http.post(client.url, data=form, timeout=timeout)
    except httpx.TransportError as error:
        return type(error).__name__
    return f"{response.status_code} {describe(response)}"


def describe(response):
    if not response.content:
        return ""
    if response.text.startswith("<"):
        return response.headers["content-type"].split(";")[0].removeprefix("text/")
    answer = response.json()
    return answer.get("error") or answer


def test_the_table_has_every_fault():
    """A new fault cannot be forgotten here."""
    assert set(SEEN) == set(FAULT_NAMES)


@pytest.mark.parametrize("name", FAULT_NAMES)
def test_a_fault_hits_the_request_that_it_was_put_on(start, books, name):
    """The second of three orders: the others are taken and answered."""
    what, taken = SEEN[name]
    client = start(faults=f"{name}@2")
    patience = [30.0, 0.5 if what == "ReadTimeout" else 30.0, 30.0]
    seen = [observe(client, wait, link=f"https://example.com/{n}") for n, wait in enumerate(patience)]
    assert seen[1] == what
    assert "order" in seen[0]
    assert "order" in seen[2]
    links = [order.link[-1] for order in orders(books)]
    assert links == (["0", "1", "2"] if taken else ["0", "2"])
    assert [request.fault for request in requests(books)] == ["", name, ""]


def test_busy_says_when_to_come_back(start):
    """Retry-After is in seconds."""
    client = start(faults="busy@1")
    assert client.post("add").headers["retry-after"] == "1"


def test_half_an_answer_is_the_first_half(start):
    """With the whole answer's length in the head."""
    client = start(faults="half@1")
    form = {"key": "sandbox", "action": "add", "service": 1, "link": "a", "quantity": 100}
    with client.http.stream("POST", client.url, data=form) as response:
        received: list[bytes] = []
        with pytest.raises(httpx.RemoteProtocolError):
            received.extend(response.iter_raw())
    assert b"".join(received) == b'{"order"'
    assert int(response.headers["content-length"]) == len(b'{"order": 23501}')


def test_silence_does_not_hold_up_the_end(books):
    """A panel can be stopped while a client still waits for an answer."""
    outcome = []

    def wait_for_an_answer(url):
        form = {"key": "sandbox", "action": "add", "service": "1", "link": "a", "quantity": "100"}
        with pytest.raises(httpx.TransportError) as error:
            httpx.post(url, data=form, timeout=60, trust_env=False)
        outcome.append(type(error.value).__name__)

    with practice_panel(books, faults="silence@1") as panel:
        waiting = threading.Thread(target=wait_for_an_answer, args=(panel.url,))
        waiting.start()
        while not orders(books):
            pass
    waiting.join()
    assert outcome[0] in ("RemoteProtocolError", "ReadError")


def test_faults_hit_add_unless_another_action_is_named(start):
    """Each action counts its own requests."""
    client = start(faults="busy@1,status.html@2, services.refuse@1-2")
    assert client.post("balance").status_code == 200
    assert client.post("add").status_code == 429
    assert client.post("status").json() == {"error": "Incorrect order ID"}
    assert client.post("status").text.startswith("<!DOCTYPE html>")
    refused = [client.post("services").json() == {"error": "Incorrect request"} for _ in range(3)]
    assert refused == [True, True, False]


def names(spec, count=12, action="add"):
    plan = read_faults(spec)
    return [plan.next(action) for _ in range(count)]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("none", ",,,,,"),
        ("", ",,,,,"),
        ("busy@3", ",,busy,,,"),
        ("busy@1+4", "busy,,,busy,,"),
        ("busy@2-4", ",busy,busy,busy,,"),
        ("busy@1+3-4+6", "busy,,busy,busy,,busy"),
        ("busy@2,html@4", ",busy,,html,,"),
        ("busy@2,html@1-3", "html,busy,html,,,"),
        ("busy=100%,html@2", "busy,html,busy,busy,busy,busy"),
        ("empty=0%", ",,,,,"),
    ],
)
def test_positions_are_exact(spec, expected):
    """The first fault that names a position has it."""
    assert names(spec, 6) == expected.split(",")


def test_shares_are_random_and_repeatable():
    """The same seed gives the same faults; another one gives others, about as many."""
    counts = Counter(names("busy=20%,html=5%,seed=7", 2000))
    assert 300 < counts["busy"] < 500
    assert 50 < counts["html"] < 150
    assert names("busy=20%,seed=7", 100) == names("busy=20%,seed=7", 100)
    assert names("busy=20%,seed=7", 100) != names("busy=20%,seed=8", 100)


def test_actions_do_not_disturb_each_other():
    """Polling for statuses does not move the faults of the orders."""
    plan = read_faults("busy=20%,status.busy=20%")
    drawn = []
    for _ in range(100):
        plan.next("status")
        drawn.append(plan.next("add"))
    assert drawn == names("busy=20%", 100)


def test_a_bad_day_has_everything():
    """Every fault, a few percent each, and most requests go well."""
    counts = Counter(names("bad-day", 3000))
    assert set(counts) == {"", *FAULT_NAMES}
    assert counts[""] > 1800
    assert max(counts[name] for name in FAULT_NAMES) < 200


def test_latency_is_read():
    """In milliseconds; the plan has seconds."""
    assert read_faults("latency=50ms").latency == 0.05
    assert read_faults("bad-day").latency == 0


def test_latency_comes_after_the_order_was_taken(start, books):
    """The client gives up, and the order is there all the same."""
    client = start(faults="latency=1000ms")
    form = {"key": "sandbox", "action": "add", "service": 1, "link": "a", "quantity": 100}
    with pytest.raises(httpx.ReadTimeout):
        client.http.post(client.url, data=form, timeout=httpx.Timeout(30, read=0.05))
    while not orders(books):
        pass


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("bizzy@3", "there is no fault 'bizzy'"),
        ("busy", "a part is NAME=5%"),
        ("busy=5", "a share is a percentage"),
        ("busy=101%", "a share is a percentage"),
        ("busy=60%,html=60%", "come to more than 100%"),
        ("busy@0", "positions count from 1"),
        ("busy@9-3", "positions count from 1"),
        ("busy@x", "positions count from 1"),
        ("busy@3+", "positions count from 1"),
        ("stats.busy@3", "'stats' is not an action"),
        ("seed=x", "a seed is a whole number"),
        ("latency=50", "a latency is in milliseconds"),
        ("bad-days", "a part is NAME=5%"),
    ],
)
def test_a_wrong_spec_is_explained(books, spec, said):
    """In a sentence with the allowed names, before anything is made or served."""
    with pytest.raises(FaultSpecError) as error, practice_panel(books, faults=spec):
        pass
    assert said in str(error.value)
    assert all(name in str(error.value) for name in ("bad-day", "none", *FAULT_NAMES))
    assert not books.parent.exists()
