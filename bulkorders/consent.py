"""Whether the ready rows may be ordered: what the options forbid, and the question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from bulkorders.asking import question_parts
from bulkorders.core.asks import AskAction
from bulkorders.core.columns import WORDS
from bulkorders.core.model import exact, money
from bulkorders.core.plan import Planned
from bulkorders.core.plancode import differences, fingerprint, plan_code
from bulkorders.core.plandiff import Plan, PlanRow, differences_told, read_plan
from bulkorders.core.prices import price_changes, total_difference
from bulkorders.core.states import RowState
from bulkorders.core.summary import COSTING, rows_told
from bulkorders.errors import UsageError
from bulkorders.work import Work

Gate = Callable[[Work], str]
"""Why nothing may be ordered, in words that go on from "Nothing was ordered: "; "" where nothing speaks against it."""


def agreed(work: Work) -> bool:
    """Whether the ready rows are to be ordered now.

    Raises:
        UsageError: nobody is there to ask, and there was no --yes.
    """
    for kind, gate in GATES:
        if why := gate(work):
            work.stop.ask(kind, why)
            return False
    invalid = sum(p.state is RowState.INVALID for p in work.plan)
    if invalid and not work.options.skip_invalid and (_unasked(work) or not work.face.can_ask()):
        work.face.say(
            f"Nothing is ordered while {rows_told(invalid)} must be fixed. "
            "Fix them, or order the others with --skip-invalid."
        )
        return False
    return _unasked(work) or _asked(work, invalid)


def _unasked(work: Work) -> bool:
    """Whether the person has agreed beforehand: to whatever it is, or to exactly this plan."""
    return work.options.yes or work.options.plan is not None


def _asked(work: Work, invalid: int) -> bool:
    if not work.face.can_ask() or work.options.file == "-":
        raise UsageError(
            "Nothing was ordered, because nobody could be asked.", "Add --yes to order without a question."
        )
    but = f", and leave out the {rows_told(invalid)} that must be fixed" if invalid else ""
    question = _joined([*_order_part(work, but), *question_parts(work)])
    if _answered(work, f"{question[0].upper()}{question[1:]}?"):
        return True
    work.face.say("Nothing was ordered.")
    return False


def _answered(work: Work, question: str) -> bool:
    """A y is typed without looking; what costs more than `confirm_above` is agreed to by typing the total."""
    total = _total(work)
    if total <= work.settings.confirm_above:
        return work.face.ask(question)
    return work.face.ask_amount(f"{question} Type the total, {money(total)}, to order (Enter: no)", total)


def _order_part(work: Work, but: str) -> list[str]:
    """What the question says of the orders; `but` are the rows that are left out."""
    rows = work.ready()
    told = f"order {rows_told(len(rows))} for {money(_total(work), work.currency)}{_dearer(work)}{but}"
    return [told] if rows else []


def _joined(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _total(work: Work) -> Decimal:
    return sum((p.cost for p in work.ready()), Decimal(0))


# --- what the options forbid ------------------------------------------------------------------------------------------


def _other_form(work: Work) -> str:
    """What the order form says of itself; nothing of it depends on today's prices."""
    told = next((p.message.rstrip(".") for p in work.sheet.problems if p.code == "form_total"), "")
    return told[:1].lower() + told[1:]


def _other_rows(work: Work) -> str:
    expected, rows = work.options.expect_rows, len(work.plan)
    if expected is None or rows == expected:
        return ""
    return f"the file has {rows_told(rows)}, and --expect-rows says {expected:,}"


def _other_cost(work: Work) -> str:
    """All rows count that were ordered, may have been or will be, so that the sum stays the same at every run."""
    expected = work.options.expect_cost
    cost = _whole_cost(work)
    if expected is None or cost == expected:
        return ""
    return f"the rows cost {money(cost, work.currency)}, and --expect-cost says {money(expected)}"


def _whole_cost(work: Work) -> Decimal:
    return sum((_cost(p) for p in work.plan if p.state in COSTING), Decimal(0))


def _cost(planned: Planned) -> Decimal:
    """What a row cost when it was ordered, else what it costs today."""
    sent = planned.state in (RowState.PLACED, RowState.UNCONFIRMED)
    return planned.entry.order.cost if sent and planned.entry else planned.cost


def _too_costly(work: Work) -> str:
    most, total = work.options.max_cost, _total(work)
    if most is None or total <= most:
        return ""
    return f"the orders would cost {money(total, work.currency)}, and --max-cost allows {money(most)}"


def _dearer_unseen(work: Work) -> str:
    """Under --yes nobody sees that a price rose."""
    tolerance = 1 + work.options.price_tolerance / 100
    unseen = work.options.yes and work.options.plan is None  # a plan's code covers its prices
    risen = [c for c in work.changes if c.now > c.before * tolerance] if unseen else []
    if not risen:
        return ""
    more = money(total_difference(risen), work.currency)
    return f"the price of {len(risen)} service{'s' if len(risen) > 1 else ''} rose since you last looked, {more} more"


def _another_plan(work: Work) -> str:
    approved = work.options.plan
    moved = differences(approved, code_of_plan(work)) if approved else []
    if not approved or not moved:
        return ""
    kept = work.ledger.saved_plan(approved)
    named = differences_told(read_plan(kept), _plan(work), work.headings.told, work.currency) if kept else ""
    return f"this is not the plan that was approved: {named or ', and '.join(moved)}"


GATES: tuple[tuple[str, Gate], ...] = (
    ("form_total", _other_form),
    ("expect_rows", _other_rows),
    ("expect_cost", _other_cost),
    ("max_cost", _too_costly),
    ("price", _dearer_unseen),
    ("plan", _another_plan),
)
"""What can forbid to order anything, by the kind of the stop (STOPS in core/sentences.py)."""


def code_of_plan(work: Work) -> str:
    """The code of what the file orders, rows that were ordered before included: a stopped run goes on under it."""
    plan = _plan(work)
    rows = [row for row in plan.rows if not row.standing]
    return plan_code(
        {
            "place": [plan.panel, plan.job, *filter(None, [plan.terms])],
            "rows": sorted([*row.known_by, *filter(None, [row.action])] for row in rows),
            "prices": sorted([service, exact(rate)] for service, rate in plan.prices.items()),
            "total": exact(plan.total),
        }
    )


def save_plan(work: Work) -> None:
    """Keep the plan beside its code, so that a run on this computer can name what has changed since."""
    work.ledger.remember_plan(code_of_plan(work), _plan(work).as_text())


def _plan(work: Work) -> Plan:
    services = {p.checked.service for p in work.plan if p.state in COSTING} & set(work.services)
    return Plan(
        panel=work.settings.panel,
        job=work.code,
        file=work.name,
        rows=[_plan_row(p) for p in work.plan],
        prices={s: work.services[s].rate for s in services},
        total=_whole_cost(work),
        terms=_terms(work),
    )


def _terms(work: Work) -> str:
    """What the settings add to every order, as a digest: it may be secret."""
    extra, quantity = work.settings.extra_fields, work.settings.quantity_with_package
    return fingerprint([sorted(extra.items()), quantity]) if extra or quantity else ""


def _plan_row(planned: Planned) -> PlanRow:
    checked, key = planned.checked, planned.key
    return PlanRow(
        number=checked.row.number,
        ref=key.ref,
        content=key.content,
        copy=key.copy,
        service=checked.service,
        form=dict(checked.form),
        action=checked.action if checked.action in set(AskAction) else "",
        standing="" if planned.state in COSTING else WORDS[planned.state],
    )


# --- prices -----------------------------------------------------------------------------------------------------------


def find_changes(work: Work) -> None:
    """Note the services of the ready rows whose price moved since this job's plan was last shown.

    The prices of an older list say nothing of that.
    """
    if work.older is not None:
        return
    orders = [p.checked.order for p in work.ready() if p.checked.order]
    shown = work.ledger.shown_prices(work.settings.panel, work.code)
    work.changes = price_changes(orders, work.services, shown)


def _dearer(work: Work) -> str:
    """What the question says of prices that rose."""
    more = total_difference(work.changes)
    return f" ({money(more, work.currency)} more than when you last looked)" if more > 0 else ""


def remember_prices(work: Work) -> None:
    """The rates that were shown now are what the next plan is compared with; but not those that stopped this one, nor
    those of an older list: a price that has risen since would be new to nobody.
    """
    if work.stop.kind == "price" or work.older is not None:
        return
    orders = [p.checked.order for p in work.ready() if p.checked.order]
    rates = {o.service: work.services[o.service].rate for o in orders}
    if rates:
        work.ledger.remember_prices(work.settings.panel, work.code, rates)
