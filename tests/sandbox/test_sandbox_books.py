"""The books outlive the panel, and bear two panels at once."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from bulkorders.sandbox import orders, practice_panel, requests

PANEL_PROGRAM = """
import sys
from pathlib import Path
from bulkorders.sandbox import practice_panel
with practice_panel(Path(sys.argv[1])) as panel:
    print(panel.url, flush=True)
    sys.stdin.read()
"""


def test_there_is_nothing_in_books_that_do_not_exist(books):
    """And asking does not make them."""
    assert orders(books) == []
    assert requests(books) == []
    assert not books.exists()


def test_orders_survive_restarts_and_ids_go_on(start, books, clock):
    """Three panels, one after the other: three IDs, one balance."""
    numbers = []
    for run in range(3):
        client = start()
        assert client.ask("balance")["balance"] == f"{500 - run * Decimal('0.09'):.5f}"
        numbers.append(client.order(run))
        assert len(client.ask("status", orders=",".join(map(str, numbers)))) == run + 1
    assert numbers == [23501, 23502, 23503]
    assert [order.id for order in orders(books)] == numbers


def test_many_connections_at_once_lose_nothing(start, books):
    """Every answer names an order of its own, and each is in the books once."""
    client = start()
    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(client.order, range(400)))
    assert sorted(numbers) == list(range(23501, 23901))
    assert [order.id for order in orders(books)] == sorted(numbers)
    assert len(requests(books)) == 400
    assert client.ask("balance")["balance"] == "464.00000"


def test_a_link_is_ordered_once_however_many_ask_at_once(start, books):
    """The active-order rule has no gap between looking and entering."""
    client = start()
    form = {"service": 1, "link": "https://example.com/same", "quantity": 100}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.ask("add", **form), range(40)))
    assert sum("order" in answer for answer in answers) == 1
    assert len(orders(books)) == 1


def test_two_processes_share_the_books(books):
    """Both start on books that do not exist yet, and both take orders."""
    import httpx

    command = [sys.executable, "-c", PANEL_PROGRAM, str(books)]
    panels = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        urls = [panel.stdout.readline().strip() for panel in panels]
        with httpx.Client(trust_env=False) as http, ThreadPoolExecutor(8) as pool:

            def order(number):
                link = f"https://example.com/{number}"
                form = {"key": "sandbox", "action": "add", "service": 1, "link": link, "quantity": 100}
                return http.post(urls[number % 2], data=form).json()["order"]

            numbers = list(pool.map(order, range(200)))
    finally:
        for panel in panels:
            panel.communicate()
    assert [panel.returncode for panel in panels] == [0, 0]
    assert sorted(numbers) == list(range(23501, 23701))
    assert len(orders(books)) == 200


def test_a_killed_panel_has_lost_nothing(books):
    """What was answered is in the books, and they open again."""
    import httpx

    command = [sys.executable, "-c", PANEL_PROGRAM, str(books)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as panel:
        url = panel.stdout.readline().strip()
        form = {
            "key": "sandbox",
            "action": "add",
            "service": 1,
            "link": "https://example.com",
            "quantity": 50,
        }
        number = httpx.post(url, data=form, trust_env=False).json()["order"]
        panel.kill()
    assert [order.id for order in orders(books)] == [number]
    with practice_panel(books) as again:
        form = {"key": "sandbox", "action": "status", "order": str(number)}
        assert httpx.post(again.url, data=form, trust_env=False).json()["charge"] == "0.04500"


def test_arrivals_are_timed(start, books, clock):
    """By the panel's clock, and by one that never goes back."""
    client = start(faults="balance.busy@2")
    client.ask("balance")
    clock.now += 5
    client.post("balance")
    first, second = requests(books)
    assert second.at - first.at == 5
    assert second.perf > first.perf
    assert (first.fault, second.fault) == ("", "busy")
