"""The peer of our checks: a plain loop over dictionaries with the rules that the benchmark's rows need."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

NEEDS = {
    "Default": ("Link", "Quantity"),
    "Custom Comments": ("Link", "Comments"),
    "Package": ("Link",),
    "Mentions User Followers": ("Link", "Quantity", "Username"),
    "Subscriptions": ("Username", "Min", "Max", "Delay"),
}
MAY = {"Subscriptions": ("Posts", "Expiry")}
FIELDS = ("Link", "Quantity", "Username", "Comments", "Min", "Max", "Posts", "Delay", "Expiry")
NUMBERS = {"Quantity", "Min", "Max", "Posts", "Delay"}
DELAYS = {0, 5, 10, 15, 20, 30, 40, 50, 60, 90, 120, 150, 180, 210, 240, 270, 300, 360, 420, 480, 540, 600}
WHOLE = re.compile(r"[0-9]{1,18}")
DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
SPACE = re.compile(r"\s")

Message = tuple[int, str, str]


def check_plainly(
    rows: Sequence[Mapping[str, str]], services: Sequence[Mapping[str, Any]], today: date
) -> tuple[list[dict[str, Any]], list[Message]]:
    """The orders of the good rows, with form and cost, and a message for everything that is wrong with the others."""
    by_id = {service["id"]: service for service in services}
    good: list[dict[str, Any]] = []
    messages: list[Message] = []
    refs: dict[str, int] = {}
    targets: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows, start=2):
        before = len(messages)
        ref, service_id = row.get("Ref", "").strip(), row.get("Service", "").strip()
        if ref and refs.setdefault(ref, number) != number:
            messages.append((number, "Ref", f"Ref is {ref}, as in row {refs[ref]}"))
        service = by_id.get(service_id)
        if service is None:
            messages.append((number, "Service", f"There is no service {service_id}"))
            continue
        needs = NEEDS[service["type"]]
        used = needs + MAY.get(service["type"], ())
        form: dict[str, str] = {}
        warnings = 0
        for name in FIELDS:
            value = row.get(name, "").strip()
            if not value:
                if name in needs:
                    messages.append((number, name, f"{name} is empty; {service['type']} needs it"))
                continue
            if name not in used:
                warnings += 1
                messages.append((number, name, f"{name} is not used by this service"))
                continue
            if name in NUMBERS and not WHOLE.fullmatch(value):
                messages.append((number, name, f"{name} is {value}; it must be a whole number"))
                continue
            if name == "Link" and not _is_link(value):
                messages.append((number, name, f"{name} is {value}; that is no web address"))
            elif name == "Username" and SPACE.search(value):
                messages.append((number, name, f"{name} is {value}; no spaces are allowed"))
            elif name == "Delay" and int(value) not in DELAYS:
                messages.append((number, name, f"{name} is {value}; that is no delay"))
            elif name == "Expiry" and not _is_later(value, today):
                messages.append((number, name, f"{name} is {value}; it must be a date after today"))
            form[name] = value
        counted = None
        if "Quantity" in form:
            counted = int(form["Quantity"])
        elif "Comments" in form:
            counted = sum(1 for line in form["Comments"].splitlines() if line.strip())
        if counted is not None and not service["min"] <= counted <= service["max"]:
            messages.append((number, "Quantity", f"{counted}; allowed are {service['min']} to {service['max']}"))
        if "Min" in form and "Max" in form and not service["min"] <= int(form["Min"]) <= int(form["Max"]):
            messages.append((number, "Min", f"{form['Min']} to {form['Max']} is no range that this service takes"))
        target = (service_id, form.get("Link") or form.get("Username", ""))
        if targets.setdefault(target, number) != number:
            warnings += 1
            messages.append((number, "Link", f"Row {targets[target]} has the same service and link"))
        if len(messages) - before > warnings:
            continue
        if service["type"] == "Package":
            cost = service["rate"]
        else:
            cost = (service["rate"] * counted).scaleb(-3) if counted is not None else Decimal(0)
        good.append({"row": number, "ref": ref, "service": service_id, "form": form, "target": target, "cost": cost})
    return good, messages


def _is_link(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and "." in parts.netloc and not SPACE.search(text)


def _is_later(text: str, today: date) -> bool:
    found = DAY.fullmatch(text)
    if not found:
        return False
    day, month, year = map(int, found.groups())
    try:
        return date(year, month, day) > today
    except ValueError:
        return False
