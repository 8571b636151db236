"""Each kind of cell: what it accepts, the one text that it becomes, and what is said about the rest."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkorders.core import fields
from bulkorders.core.fields import DELAYS, READERS, Fault, Reader, count_lines, expiry_day, shown
from bulkorders.core.model import Cell, Level

CELLS = st.one_of(
    st.text(),
    st.text(alphabet="0123456789.,/-: \n\r\t\x00\u200b\ud800@ahtp"),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.times(),
)
ARABIC = "\u0661\u0660\u0660"
NOT_WHOLE = ("1e3", "\u00bd", ARABIC, "12.5", "-5", "+5", "x", "1_000", "0x10", "100.00", "100,0")
NOT_WHOLE_CELLS = (True, 0.5, -5, date(2027, 1, 1), time(1), float("inf"), float("nan"))
UNCLEAR = ("1,000", "1.000", "1 000", "1\u00a0000", "1'000", "1,000,000")
NO_DATES = ("12/31/2026", "31.12.2026", "1/3/27", "30/02/2027", "tomorrow", "2027-13-01", f"1/3/{ARABIC}0")
NO_DATE_CELLS = (46388, time(1), True)
DOUBTFUL = (
    "somebody",
    "http:/example.com",
    "ftp://example.com/x",
    "<https://example.com>",
    "https://example.com/x,",
    "https://https://example.com",
    "https://localhost",
    1.5,
)
LONG = (".", "a ", "://", "9,", "a\n", "a.", "@", " ")
FAULTS = [value for value in vars(fields).values() if isinstance(value, Fault)]


@pytest.mark.parametrize(
    ("reader", "cell", "text"),
    [
        (fields.whole_number, 100, "100"),
        (fields.whole_number, 100.0, "100"),
        (fields.whole_number, " 100 ", "100"),
        (fields.whole_number, "100.0", "100"),
        (fields.whole_number, "0100", "100"),
        (fields.whole_number, 0, "0"),
        (fields.whole_number, "999999999999999999", "999999999999999999"),
        (fields.positive, 1, "1"),
        (fields.delay, "90", "90"),
        (fields.delay, 0, "0"),
        (fields.expiry, date(2027, 3, 1), "01/03/2027"),
        (fields.expiry, datetime(2027, 3, 1, 12, 30), "01/03/2027"),
        (fields.expiry, "1/3/2027", "01/03/2027"),
        (fields.expiry, "01/03/2027", "01/03/2027"),
        (fields.expiry, "2027-03-01", "01/03/2027"),
        (fields.text_line, " United  States ", "United  States"),
        (fields.text_line, True, "TRUE"),
        (fields.name, "@somebody", "@somebody"),
        (fields.name, "müller_名前", "müller_名前"),
        (fields.name, 12345, "12345"),
        (fields.link, " https://example.com/p/1?a=b#c ", "https://example.com/p/1?a=b#c"),
        (fields.link, "HTTP://EXAMPLE.COM:8080", "HTTP://EXAMPLE.COM:8080"),
        (fields.link, "example.com/page", "example.com/page"),
        (fields.link, "@some.body", "@some.body"),
        (fields.link, "some.body", "some.body"),
        (
            fields.link,
            "https://example.com/?to=https://example.com",
            "https://example.com/?to=https://example.com",
        ),
        (fields.lines, "one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        (fields.lines, "\n  one  \n\n \t \ntwo\n", "one\ntwo"),
        (fields.lines, "nice, very nice 👍\tyes", "nice, very nice 👍\tyes"),
        (fields.lines, " \n \r\n", ""),
        (fields.names, "@a \n @b\n", "@a\n@b"),
    ],
)
def test_what_is_clear_becomes_one_text(reader: Reader, cell: Cell, text: str) -> None:
    """A cell that can be read in one way only becomes its canonical text."""
    assert reader(cell) == (text, None)


@pytest.mark.parametrize(
    ("reader", "cell", "fault"),
    [
        *((fields.whole_number, cell, fields.NOT_WHOLE) for cell in (*NOT_WHOLE, *NOT_WHOLE_CELLS)),
        *((fields.whole_number, cell, fields.UNCLEAR_NUMBER) for cell in UNCLEAR),
        *((fields.whole_number, cell, fields.HUGE_NUMBER) for cell in ("1" * 19, 10**30, 1e300)),
        (fields.positive, 0, fields.ZERO),
        (fields.delay, "7", fields.NOT_A_DELAY),
        *((fields.expiry, cell, fields.UNCLEAR_DATE) for cell in (*NO_DATES, *NO_DATE_CELLS)),
        (fields.text_line, "one\ntwo", fields.SEVERAL_LINES),
        (fields.text_line, "a\x00b", fields.BAD_CHARACTER),
        (fields.text_line, "a\ud800b", fields.BAD_CHARACTER),
        (fields.lines, "one\ntw\x07o", fields.BAD_CHARACTER),
        (fields.name, date(2027, 5, 12), fields.BECAME_DATE),
        (fields.lines, time(1, 2), fields.BECAME_DATE),
        (fields.name, 1234567890123456, fields.LOST_DIGITS),
        (fields.name, "two words", fields.SPACES_INSIDE),
        (fields.name, "zero\u200bwidth", fields.BAD_CHARACTER),
        (fields.link, "https://example.com/a b", fields.SPACES_INSIDE),
        (fields.link, "https://example.com/1 https://example.com/2", fields.SEVERAL_LINKS),
        (fields.link, "https://example.com/1\nhttps://example.com/2", fields.SEVERAL_LINKS),
        (fields.link, "https://example.com/1,https://example.com/2", fields.SEVERAL_LINKS),
        (fields.names, "@a, @b", fields.NOT_ONE_A_LINE),
        (fields.names, "@a\n@b @c", fields.NOT_ONE_A_LINE),
        *((fields.link, cell, fields.DOUBTFUL_LINK) for cell in DOUBTFUL),
    ],
)
def test_what_is_not_clear_is_asked(reader: Reader, cell: Cell, fault: Fault) -> None:
    """A cell that cannot be read in one way only is named, and its text stays as it was typed."""
    text, found = reader(cell)
    assert found is fault
    assert text


@pytest.mark.parametrize("minutes", DELAYS)
def test_every_documented_delay_is_accepted(minutes: int) -> None:
    """The delays of panel-api.md section 2 pass as number and as text."""
    assert fields.delay(minutes) == fields.delay(str(minutes)) == (str(minutes), None)


@pytest.mark.parametrize("field", READERS)
@given(cell=CELLS)
def test_any_cell_is_read_or_named(field: str, cell: Cell) -> None:
    """No cell raises; what was read can be sent, and is read again as itself."""
    text, fault = READERS[field](cell)
    if fault is None or fault.level is Level.WARNING:
        text.encode()
        assert text == text.strip()
        assert READERS[field](text)[0] == text


@pytest.mark.parametrize("field", READERS)
@pytest.mark.parametrize("cell", ["", " ", "\n", "\u00a0"])
def test_an_empty_cell_is_no_fault(field: str, cell: str) -> None:
    """Empty cells and cells of spaces are empty, whatever belongs there."""
    assert READERS[field](cell) == ("", None)


@pytest.mark.parametrize("field", READERS)
@pytest.mark.parametrize("part", LONG)
def test_a_full_cell_is_read_at_once(field: str, part: str) -> None:
    """No text of a cell's greatest length makes a reader slow."""
    READERS[field](part * (32767 // len(part)))
    READERS[field]("a" + part * (32766 // len(part)) + ",")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
def test_every_fault_names_the_column_and_what_to_do(fault: Fault) -> None:
    """A sentence names the person's own heading and the cell, and the advice is a sentence of its own."""
    assert "{heading}" in fault.message
    assert fault.message.endswith(".")
    assert fault.advice.endswith(".")
    assert fault.message.format(heading="Qty", value='"x"')


def test_codes_are_different() -> None:
    """Every fault has a code of its own."""
    assert len({fault.code for fault in FAULTS}) == len(FAULTS)


def test_an_expiry_is_a_day_again() -> None:
    """The text that is sent gives back its day."""
    assert expiry_day(fields.expiry("3/4/2027")[0]) == date(2027, 4, 3)


@pytest.mark.parametrize(("text", "lines"), [("", 0), ("a", 1), ("a\nb", 2)])
def test_lines_are_counted(text: str, lines: int) -> None:
    """A list counts its entries."""
    assert count_lines(text) == lines


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("5", '"5"'), ("a\n\x00b", '"a b"'), ("x" * 99, '"' + "x" * 60 + '…"'), ("", '""'), ("{x}", '"{x}"')],
)
def test_values_are_quoted_short_and_on_one_line(text: str, quoted: str) -> None:
    """Sentences quote a cell on one line of at most 60 characters."""
    assert shown(text) == quoted
