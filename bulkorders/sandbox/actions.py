"""The panel's actions (panel-api.md section 1): form fields in, the reference's answers out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from bulkorders.sandbox.books import REQUEST_FIELD, Books, Order, Refill
from bulkorders.sandbox.catalog import SERVICES, Service, listing
from bulkorders.sandbox.ordertypes import Form, Refusal, purchase
from bulkorders.sandbox.progress import Progress, order_progress, refill_status

CURRENCY: Final = "USD"
MAX_IDS: Final = 100
"""How many IDs one request may name (panel-api.md section 7)."""

_LISTING: Final = [listing(service) for service in SERVICES.values()]


@dataclass(frozen=True, slots=True)
class Desk:
    """What serving one request needs: the books, the time (seconds since 1970), the speed of orders."""

    books: Books
    now: float
    speed: float


def answer(desk: Desk, form: Form, key: str) -> object:
    """The JSON answer to one request; belongs inside a transaction of the books."""
    try:
        _check_key(form, key)
        return _action(form)(desk, form)
    except Refusal as refusal:
        return {"error": str(refusal)}


def money(amount: Decimal) -> str:
    """USD as the reference writes it: at least five decimals, and never rounded."""
    plain = amount.normalize()
    decimals = -min(0, int(plain.as_tuple().exponent))
    return f"{plain:.{max(5, decimals)}f}"


def _check_key(form: Form, key: str) -> None:
    if not form.get("key"):
        raise Refusal("API key is required")
    if form["key"] != key:
        raise Refusal("Invalid API key")


def _action(form: Form) -> Callable[[Desk, Form], object]:
    try:
        return ACTIONS[form.get("action", "")]
    except KeyError:
        raise Refusal("Incorrect request") from None


# Answers that change nothing.


def _services(_desk: Desk, _form: Form) -> object:
    return _LISTING


def _balance(desk: Desk, _form: Form) -> object:
    _settle_all(desk)
    return {"balance": money(desk.books.balance()), "currency": CURRENCY}


def _status(desk: Desk, form: Form) -> object:
    if "orders" in form:
        return {number: _attempt(_status_of, desk, number) for number in _ids(form["orders"])}
    return _status_of(desk, form.get("order", ""))


def _status_of(desk: Desk, number: str) -> object:
    progress = _observe(desk, _find_order(desk, number))
    return {
        "charge": money(progress.charge),
        "start_count": str(progress.start_count),
        "status": progress.status,
        "remains": str(progress.remains),
        "currency": CURRENCY,
    }


def _refill_status(desk: Desk, form: Form) -> object:
    if "refills" in form:
        return _each(desk, form["refills"], "refill", "status", _refill_status_of)
    return {"status": _refill_status_of(desk, form.get("refill", ""))}


def _refill_status_of(desk: Desk, number: str) -> object:
    return refill_status(_find_refill(desk, number), desk.now, desk.speed)


# Answers that change the books.


def _add(desk: Desk, form: Form) -> object:
    known = desk.books.order_of_request(form.get(REQUEST_FIELD, ""))
    return {"order": known.id if known else _new_order(desk, form)}


def _new_order(desk: Desk, form: Form) -> int:
    service = _find_service(form)
    today = datetime.fromtimestamp(desk.now, UTC).date()
    wanted = purchase(service, form, today)
    link = "" if service.type == "Subscriptions" else form["link"].strip()
    _check_no_active_order(desk, service, link)
    _check_funds(desk, wanted.charge)
    desk.books.pay(wanted.charge)
    return desk.books.add_order(
        received=desk.now,
        service=service.id,
        link=link,
        form={field: value for field, value in form.items() if field != "key"},
        quantity=wanted.quantity,
        charge=wanted.charge,
    )


def _check_no_active_order(desk: Desk, service: Service, link: str) -> None:
    earlier = desk.books.open_orders_on(service.id, link) if link else []
    if not all(_observe(desk, order).final for order in earlier):
        raise Refusal("You have active order with this link. Please wait until order being completed.")


def _check_funds(desk: Desk, charge: Decimal) -> None:
    if charge > desk.books.balance():
        _settle_all(desk)
    if charge > desk.books.balance():
        raise Refusal("Not enough funds on balance")


def _refill(desk: Desk, form: Form) -> object:
    if "orders" in form:
        return _each(desk, form["orders"], "order", "refill", _refill_of)
    return {"refill": str(_refill_of(desk, form.get("order", "")))}


def _refill_of(desk: Desk, number: str) -> object:
    order = _find_order(desk, number)
    if not SERVICES[str(order.service)].refill:
        raise Refusal("Refill is not available for this service")
    if _observe(desk, order).status not in ("Completed", "Partial"):
        raise Refusal("Refill is available for completed orders only")
    if any(_is_under_way(desk, refill) for refill in desk.books.refills("order_id", order.id)):
        raise Refusal("Refill is already in progress")
    return desk.books.add_refill(order.id, desk.now)


def _is_under_way(desk: Desk, refill: Refill) -> bool:
    return refill_status(refill, desk.now, desk.speed) not in ("Completed", "Rejected")


def _cancel(desk: Desk, form: Form) -> object:
    return _each(desk, form.get("orders", ""), "order", "cancel", _cancel_of)


def _cancel_of(desk: Desk, number: str) -> object:
    order = _find_order(desk, number)
    if not SERVICES[str(order.service)].cancel:
        raise Refusal("Cancel is not available for this service")
    if _observe(desk, order).final or order.cancel_asked is not None:
        raise Refusal("The order cannot be canceled")
    desk.books.ask_cancel(order.id, desk.now)
    return 1


ACTIONS: Final[dict[str, Callable[[Desk, Form], object]]] = {
    "services": _services,
    "add": _add,
    "status": _status,
    "refill": _refill,
    "refill_status": _refill_status,
    "cancel": _cancel,
    "balance": _balance,
}
"""The actions of the reference, by the word that the form says."""


# Finding what a form names.


def _find_service(form: Form) -> Service:
    try:
        return SERVICES[form.get("service", "").strip()]
    except KeyError:
        raise Refusal("Incorrect service ID") from None


def _find_order(desk: Desk, number: str) -> Order:
    order = desk.books.order(_number(number))
    if order is None:
        raise Refusal("Incorrect order ID")
    return order


def _find_refill(desk: Desk, number: str) -> Refill:
    found = desk.books.refills("id", _number(number))
    if not found:
        raise Refusal("Refill not found")
    return found[0]


def _number(text: str) -> int:
    # 0 is nobody's ID. A space beside an ID is not forgiven: many panels do not either.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _ids(text: str) -> list[str]:
    numbers = list(dict.fromkeys(text.split(",")))
    if len(numbers) > MAX_IDS:
        raise Refusal(f"Incorrect request: up to {MAX_IDS} IDs")
    return numbers


def _attempt(action: Callable[[Desk, str], object], desk: Desk, number: str) -> object:
    try:
        return action(desk, number)
    except Refusal as refusal:
        return {"error": str(refusal)}


def _each(
    desk: Desk, numbers: str, subject: str, result: str, action: Callable[[Desk, str], object]
) -> list[dict[str, object]]:
    return [{subject: _number(number) or number, result: _attempt(action, desk, number)} for number in _ids(numbers)]


# Seeing an order final makes it final for good, whatever the speed of the next run is.


def _observe(desk: Desk, order: Order) -> Progress:
    progress = order_progress(order, desk.now, desk.speed)
    if progress.final and not order.settled:
        desk.books.settle(order.id, order.charge - progress.charge)
    return progress


def _settle_all(desk: Desk) -> None:
    for order in desk.books.open_orders():
        _observe(desk, order)
