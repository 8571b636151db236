"""What a run will do with each row: identity, repeats, edited rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkorders.core.model import Entry, Level, Order, Problem, Row
from bulkorders.core.plan import Circumstances, Claim, Key, content_of, key_of_entry, keys_of, make_plan
from bulkorders.core.states import OrderState, RowState
from bulkorders.core.validate import Checked

DAY = datetime(2026, 11, 3, 12, tzinfo=UTC)


def row(
    number: int = 2, *, ref: str = "", link: str = "https://example.com/a", quantity: int = 100, action: str = "order"
) -> Checked:
    """A good row of service 7."""
    form = (("link", link), ("quantity", str(quantity)))
    order = Order(
        service="7",
        service_name="Likes",
        service_type="Default",
        form=form,
        target=link,
        quantity=quantity,
        cost=Decimal("0.09"),
    )
    return Checked(
        row=Row(number=number, cells=()),
        ref=ref,
        action=action,
        claimed_id="",
        service="7",
        form=form,
        target=link,
        order=order,
        problems=(),
    )


def entry(checked: Checked, state: OrderState = OrderState.PLACED, *, copy: int = 1, order_id: str = "501") -> Entry:
    """The ledger's order of such a row."""
    assert checked.order is not None
    return Entry(
        id=1,
        job=1,
        job_name="other.xlsx",
        ref=checked.ref,
        content=content_of(checked.service, checked.form),
        copy=copy,
        row=checked.row.number,
        order=checked.order,
        state=state,
        order_id=order_id,
        ordered_at=DAY,
        sent_at=DAY,
    )


def states(rows: list[Checked], **around: object) -> list[tuple[RowState, str]]:
    """State and code of each planned row."""
    return [(p.state, p.code) for p in make_plan(rows, Circumstances(**around))]  # type: ignore[arg-type]


READY = (RowState.READY, "ready")
PLACED = (RowState.PLACED, "")


def test_a_new_row_is_ready() -> None:
    """What the ledger does not know will be ordered."""
    assert states([row()]) == [READY]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (OrderState.PLACED, PLACED),
        (OrderState.UNCONFIRMED, (RowState.UNCONFIRMED, "")),
        (OrderState.SENDING, (RowState.UNCONFIRMED, "")),
        (OrderState.READY, READY),
        (OrderState.REFUSED, READY),
    ],
)
@pytest.mark.parametrize("again", [False, True])
def test_a_known_row(state: OrderState, expected: tuple[RowState, str], again: bool) -> None:
    """What was sent is never ready again, with --again neither; what was certainly not placed is."""
    assert states([row()], entries=[entry(row(), state)], again=again) == [expected]


@given(st.permutations([row(n, link=f"https://example.com/{n}") for n in range(2, 7)]), st.integers(0, 5))
def test_position_means_nothing(rows: list[Checked], deleted: int) -> None:
    """However the rows are sorted, numbered or deleted, the ordered ones are recognised."""
    entries = [entry(row(n, link=f"https://example.com/{n}"), order_id=str(n)) for n in range(2, 5)]
    kept = [replace(r, row=Row(number=i + 20, cells=())) for i, r in enumerate(rows) if i != deleted]
    for planned in make_plan(kept, Circumstances(entries=entries)):
        was = int(planned.checked.target.rsplit("/", 1)[1])
        assert planned.state is (RowState.PLACED if was < 5 else RowState.READY)
        assert was >= 5 or (planned.entry is not None and planned.entry.order_id == str(was))


def test_the_same_order_twice_is_held() -> None:
    """The second of two equal rows is held and names the first; --again orders it, as an order of its own."""
    rows = [row(2), row(3)]
    first, second = make_plan(rows, Circumstances())
    assert (first.state, second.state, second.code) == (RowState.READY, RowState.HELD, "duplicate")
    assert "row 2" in second.sentence.happened
    assert states(rows, again=True) == [READY, READY]
    assert keys_of(rows)[1].copy == 2
    both = [entry(row(2)), replace(entry(row(3), copy=2, order_id="502"), id=2)]
    assert states(rows, entries=both, again=True) == [PLACED, PLACED]


def test_refs_tell_equal_rows_apart() -> None:
    """Two equal rows with different Refs are two orders; with only one Ref they are not."""
    assert states([row(2, ref="A"), row(3, ref="B")]) == [READY, READY]
    assert states([row(2, ref="A"), row(3)]) == [READY, (RowState.HELD, "duplicate")]


def test_an_edited_row_with_a_ref_is_held() -> None:
    """Same Ref, other content: held, showing both versions; --again makes a second order, once."""
    old, new = row(ref="A", quantity=100), row(ref="A", quantity=250)
    (planned,) = make_plan([new], Circumstances(entries=[entry(old)]))
    assert (planned.state, planned.code) == (RowState.HELD, "edited")
    assert "quantity 100" in planned.sentence.happened
    assert "quantity 250" in planned.sentence.happened
    assert "501" in planned.sentence.happened
    assert states([new], entries=[entry(old)], again=True) == [READY]
    assert states([new], entries=[entry(old), replace(entry(new, order_id="502"), id=2)], again=True) == [PLACED]


def test_an_edited_row_without_a_ref_is_held() -> None:
    """An ordered row is gone and a new one has its service and link: held as edited."""
    assert states([row(quantity=250)], entries=[entry(row())]) == [(RowState.HELD, "edited")]
    assert states([row(), row(3, quantity=250)], entries=[entry(row())]) == [PLACED, READY]
    lost = entry(row(), OrderState.UNCONFIRMED)
    assert states([row(quantity=250)], entries=[lost]) == [(RowState.HELD, "edited_unsure")]


def test_a_row_of_which_only_the_ref_was_edited() -> None:
    """Its Order ID names the order that it was under another Ref: held as the same order."""
    old, new = entry(row(ref="A")), row(ref="B")
    (key,) = keys_of([new])
    (planned,) = make_plan([new], Circumstances(entries=[old], named={key: old}))
    assert (planned.state, planned.code) == (RowState.HELD, "repeat_in_job")
    assert "as order 501, with the Ref A" in planned.sentence.happened


@pytest.mark.parametrize("turn", [1, -1])
def test_an_edited_row_is_held_whatever_else_is_gone(turn: int) -> None:
    """A row without Ref was edited and got one: held, also when an order of another Ref is gone from the same link."""
    gone = [entry(row()), replace(entry(row(ref="B", quantity=200), order_id="502"), id=2)]
    assert states([row(ref="A", quantity=250)], entries=gone[::turn]) == [(RowState.HELD, "edited")]


def test_a_ref_given_later_changes_nothing() -> None:
    """A row that was ordered without a Ref and then got one, or the other way round, is the same row."""
    assert states([row(ref="A")], entries=[entry(row())]) == [PLACED]
    assert states([row()], entries=[entry(row(ref="A"))]) == [PLACED]


def test_an_order_belongs_to_one_row() -> None:
    """A row that lost its Ref and was doubled: one is the ordered one, the other repeats it."""
    rows = [row(2), row(3)]
    assert states(rows, entries=[entry(row(ref="A"))]) == [PLACED, (RowState.HELD, "duplicate")]


def test_another_ref_for_the_same_order_is_held() -> None:
    """A Ref that was changed looks like a repeat in the same file."""
    assert states([row(ref="B")], entries=[entry(row(ref="A"))]) == [(RowState.HELD, "repeat_in_job")]


def test_a_repeat_of_another_file_is_held() -> None:
    """An order that another job placed is told with its job, row, order ID and day; --again places it."""
    before = entry(row(9))
    around = {before.content: before}
    (planned,) = make_plan([row()], Circumstances(repeats=around, zone=UTC))
    assert (planned.state, planned.code) == (RowState.HELD, "repeat")
    for part in ("other.xlsx", "row 9", "501", "3 November 2026"):
        assert part in planned.sentence.happened
    assert states([row()], repeats=around, again=True) == [READY]


def test_a_skipped_row_is_skipped_but_an_ordered_one_stays_ordered() -> None:
    """`skip` keeps a row from being ordered; it does not hide an order."""
    assert states([row(action="skip")]) == [(RowState.SKIPPED, "skipped")]
    assert states([row(action="skip")], entries=[entry(row())]) == [PLACED]
    assert states([row(2, action="skip"), row(3)]) == [(RowState.SKIPPED, "skipped"), READY]


def test_refill_of_what_was_not_ordered_is_a_mistake() -> None:
    """A row that asks for a refill and has no order is not ordered."""
    assert states([row(action="refill")]) == [(RowState.INVALID, "no_order")]
    assert states([row(action="refill")], entries=[entry(row())]) == [PLACED]


def test_an_invalid_row_says_everything() -> None:
    """All problems of a row are in its sentence; an ordered row is not judged again."""
    problems = tuple(
        Problem(row=2, column=c, code="bad", message=f"{c} is wrong.", advice="Mend it.") for c in ("Link", "Quantity")
    )
    bad = replace(row(), order=None, problems=problems)
    (planned,) = make_plan([bad], Circumstances())
    assert (planned.state, planned.code) == (RowState.INVALID, "bad")
    assert planned.sentence.happened == "Link is wrong. Quantity is wrong."
    assert planned.sentence.what_to_do == "Mend it."
    assert states([bad], entries=[entry(row())]) == [PLACED]
    warned = replace(row(), problems=tuple(replace(p, level=Level.WARNING) for p in problems))
    assert states([warned]) == [READY]


def test_the_limit_leaves_the_rest_waiting() -> None:
    """Of three ready rows and a limit of two, the third waits."""
    rows = [row(n, link=f"https://example.com/{n}") for n in (2, 3, 4)]
    assert states(rows, limit=2) == [READY, READY, (RowState.WAITING, "limit")]


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("code", ["claim_unknown", "claim_foreign", "claim_taken"])
def test_an_order_id_that_cannot_be_believed_holds_the_row(code: str, again: bool) -> None:
    """Whatever else was asked, a row that says it was ordered is not ordered before that is cleared up."""
    claim = Claim(order_id="77", code=code, was="other.example", job_name="b.xlsx", row=5)
    key = Key(ref="", content=key_of_entry(entry(row())).content)
    (planned,) = make_plan([row()], Circumstances(claims={key: claim}, again=again, panel="p.example"))
    assert (planned.state, planned.code) == (RowState.HELD, code)
    assert "77" in planned.sentence.happened


def test_a_row_that_names_an_order_and_differs_from_it_is_held() -> None:
    """A row of a results workbook that was rewritten, with its order ID still in it, is an edited row."""
    new = row(link="https://example.com/other", quantity=5)
    key = Key(ref="", content=content_of(new.service, new.form))
    around = {"entries": [entry(row())], "named": {key: entry(row())}}
    assert states([new], **around) == [(RowState.HELD, "edited")]


FORMS = st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=4).map(tuple)


@given(st.text(max_size=5), FORMS, st.text(max_size=5), FORMS)
def test_content_is_equal_exactly_when_the_order_is(a: str, f: tuple, b: str, g: tuple) -> None:  # type: ignore[type-arg]
    """No two orders share a fingerprint because their texts run together."""
    assert (content_of(a, f) == content_of(b, g)) == ((a, f) == (b, g))
