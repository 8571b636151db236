"""What a run will do with each row: rows of a file against the orders that the ledger knows.

Identity lives here. A row is known in its job by its Ref, else by its content (service and the fields
sent), never by its position. The rules are a table, RULES, read from the top: the first that has something to
say about a row decides, and a row that none of them holds back is ready.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

from bulkorders.core.fields import flat, told_apart
from bulkorders.core.lists import LIST_FIELDS, UNREAD
from bulkorders.core.model import Entry, Form, Level, on_day
from bulkorders.core.sentences import NOTHING, Sentence, sentence
from bulkorders.core.states import OrderState, RowState
from bulkorders.core.validate import NOT_PLACED, Checked

SENT = frozenset({OrderState.SENDING, OrderState.PLACED, OrderState.UNCONFIRMED, OrderState.REPEATING})
"""States of orders that the panel has, or may have."""

REPEAT_DAYS = 30
"""How long an order placed from another file holds back the same order here (product.md section 3)."""


class Key(NamedTuple):
    """Which order of a job a row is: its Ref, its content, and (without a Ref) the how-manieth row of that
    content.

    A tuple, because it is looked up ten times for every row.
    """

    ref: str
    content: str
    copy: int = 1


def key_of_entry(entry: Entry) -> Key:
    """The key that an order in the ledger was placed under."""
    return Key(ref=entry.ref, content=entry.content, copy=entry.copy)


def content_of(service: str, form: Form) -> str:
    """A short fingerprint of what a row orders: equal exactly when the service and every field sent are equal."""
    return sha256(json.dumps([service, form]).encode()).hexdigest()[:32]


def keys_of(rows: Sequence[Checked]) -> list[Key]:
    """The key of every row. Rows that are skipped count last, so that they never take an ordered row's place."""
    seen: dict[str, int] = defaultdict(int)
    keys: list[Key] = [_key(row, seen) if row.action != "skip" else _NO_KEY for row in rows]
    return [_key(row, seen) if key is _NO_KEY else key for row, key in zip(rows, keys, strict=True)]


_NO_KEY = Key(ref="", content="")


def _key(row: Checked, seen: dict[str, int]) -> Key:
    """The next key of a row, by how many rows of its content were `seen`.

    The fingerprint is worked out once: it is asked for at each step on the road.
    """
    content = row.content = row.content or content_of(row.service, row.form)
    if row.ref:
        return Key(row.ref, content)
    copy = seen[content] = seen[content] + 1
    return Key("", content, copy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An order ID that a sheet names for a row, and why it cannot be believed: `code` is one of sentences.py.

    `ref` and `place` (service and target) are that row's, so that it is recognised after it was edited.
    """

    order_id: str
    code: str
    was: str = ""
    job_name: str = ""
    row: int = 0
    ref: str = ""
    place: tuple[str, str] = ("", "")


@dataclass(slots=True, kw_only=True)
class Planned:
    """The verdict on one row: its state before anything is sent, and the sentence that explains it.

    `entry` is the ledger's order of this very row, if it has one; `code` names the sentence. `claimed_id` is the
    order ID that a sheet names for the row and that could not be believed, or that of an edited row's first version:
    it comes back in the results, so that it is known without the ledger, too.
    """

    checked: Checked
    key: Key
    state: RowState
    entry: Entry | None = None
    code: str = ""
    claimed_id: str = ""
    sentence: Sentence = NOTHING

    @property
    def cost(self) -> Decimal:
        """The estimate in account currency; 0 for a row that cannot be ordered."""
        return self.checked.order.cost if self.checked.order else Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a plan is made against, besides the rows: the ledger's knowledge and the person's options.

    `entries` are the orders of this job, `repeats` orders of other jobs by content, `claims` the order IDs
    in the sheet that cannot be believed, `named` the orders of this job that a row names but differs from,
    `held` the rows that a results workbook of another ledger calls held, `blocked` the active orders that rows must
    wait for, because the panel said so. `again` orders rows that repeat, `limit` is the most rows to order now. `zone`
    is the zone in which days are told.
    """

    entries: Sequence[Entry] = ()
    repeats: Mapping[str, Entry] = field(default_factory=dict)
    claims: Mapping[Key, Claim] = field(default_factory=dict)
    named: Mapping[Key, Entry] = field(default_factory=dict)
    held: Set[Key] = frozenset()
    blocked: Mapping[Key, Entry] = field(default_factory=dict)
    again: bool = False
    limit: int | None = None
    zone: tzinfo | None = None
    panel: str = ""


@dataclass(slots=True, kw_only=True)
class _Book:
    """The job's orders, arranged for the rules."""

    around: Circumstances
    by_key: dict[Key, Entry] = field(default_factory=dict)
    by_ref: dict[str, Entry] = field(default_factory=dict)
    gone_by_content: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    gone_by_target: dict[tuple[str, str], list[Entry]] = field(default_factory=lambda: defaultdict(list))
    sent_by_content: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    lost_claims: dict[str | tuple[str, str], Claim] = field(default_factory=dict)
    wanted: set[Key] = field(default_factory=set)
    seen: dict[str, list[Checked]] = field(default_factory=lambda: defaultdict(list))


def _open_book(around: Circumstances, keys: Iterable[Key]) -> _Book:
    book = _Book(around=around)
    present = set(keys)
    for entry in around.entries:
        key = key_of_entry(entry)
        book.by_key[key] = entry
        if entry.state not in SENT:
            continue
        book.sent_by_content[entry.content].append(entry)
        if entry.ref:
            book.by_ref[entry.ref] = entry
        if key not in present:
            book.gone_by_content[entry.content].append(entry)
            book.gone_by_target[entry.order.service, entry.order.target].append(entry)
    for key, claim in around.claims.items():
        if key not in present:
            book.lost_claims |= {claim.ref: claim} if claim.ref else {}
            book.lost_claims[claim.place] = claim
    return book


def _own_entry(book: _Book, row: Checked, key: Key) -> Entry | None:
    """The ledger's order of this row; also when a Ref was given to it, or taken from it, since.

    Each order belongs to one row: it is taken out of the book.
    """
    if row.action == "skip" and key in book.wanted:
        return None
    if key in book.by_key:
        return book.by_key.pop(key)
    gone = book.gone_by_content.get(key.content, ())
    mine = next((entry for entry in gone if not (entry.ref and row.ref)), None)
    if mine is None and is_unread(row):
        mine = _without_its_list(book, row)
    if mine is not None:
        book.gone_by_content[mine.content].remove(mine)
    return mine


def is_unread(row: Checked) -> bool:
    """Whether a list of the row could not be had, so that nobody can say what the row is now."""
    return any(p.code in UNREAD for p in row.problems)


def _without_its_list(book: _Book, row: Checked) -> Entry | None:
    """The one order that a row was whose list is gone: the same in all else, and no other row is it."""
    known = {name: text for name, text in row.form if not (name in LIST_FIELDS and text.startswith("@"))}
    found = [
        entry
        for entry in book.gone_by_target.get((row.service, row.target), ())
        if entry in book.gone_by_content[entry.content]
        and entry.ref == row.ref
        and {name: text for name, text in entry.order.form if name in known or name not in LIST_FIELDS} == known
    ]
    return found[0] if len(found) == 1 else None


def _as_ordered(row: Checked) -> Checked:
    """The row of an order that stands, although its list is gone: that is only told."""
    told = " It was ordered with the list as it was then."
    problems = [
        replace(p, level=Level.WARNING, message=p.message + told) if p.code in UNREAD else p for p in row.problems
    ]
    return replace(row, problems=tuple(problems))


Verdict = tuple[RowState, str, Sentence]
Rule = Callable[[_Book, Checked, Key, Entry | None], Verdict | None]

_ENTRY_STATES = {
    OrderState.PLACED: RowState.PLACED,
    OrderState.UNCONFIRMED: RowState.UNCONFIRMED,
    OrderState.SENDING: RowState.UNCONFIRMED,
    OrderState.REPEATING: RowState.UNCONFIRMED,
}


def _already_sent(book: _Book, row: Checked, key: Key, entry: Entry | None) -> Verdict | None:
    if entry is None or entry.state not in SENT:
        return None
    return _ENTRY_STATES[entry.state], "", NOTHING


def _skipped(book: _Book, row: Checked, key: Key, entry: Entry | None) -> Verdict | None:
    return (RowState.SKIPPED, "skipped", sentence("skipped")) if row.action == "skip" else None


def _invalid(book: _Book, row: Checked, key: Key, entry: Entry | None) -> Verdict | None:
    errors = [p for p in row.problems if p.level is Level.ERROR]
    if not errors:
        return None
    told = Sentence(" ".join(p.message for p in errors), " ".join(dict.fromkeys(p.advice for p in errors)))
    return RowState.INVALID, errors[0].code, told


def _nothing_to_change(book: _Book, row: Checked, key: Key, entry: Entry | None) -> Verdict | None:
    if row.action == "order":
        return None
    return RowState.INVALID, "no_order", sentence("no_order", action=row.action)


def _claimed(book: _Book, row: Checked, key: Key, entry: Entry | None) -> Verdict | None:
    claim = book.around.claims.get(key) or _lost_claim(book, row)
    if claim is None:
        return None
    told = sentence(
        claim.code,
        order_id=claim.order_id,
        panel=book.around.panel,
        was=claim.was,
        job=claim.job_name,
        row=claim.row,
    )
    return RowState.HELD, claim.code, told


def _lost_claim(book: _Book, row: Checked) -> Claim | None:
    """The order ID of a row that was edited since: same Ref, or the same service and link."""
    claim = book.lost_claims.get(row.ref) if row.ref else None
    if claim is None:
        claim = book.lost_claims.get((row.service, row.target))
        if claim is not None and claim.ref and row.ref:
            return None
    return claim


def _before(book: _Book, row: Checked, key: Key) -> Entry | None:
    """The order that an edited row was: same Order ID or Ref with other content; or an ordered row is gone, and this
    one has its service and link.
    """
    before = book.around.named.get(key) or (book.by_ref.get(row.ref) if row.ref else None)
    return before or _gone_from_target(book, row, key)


def _gone_from_target(book: _Book, row: Checked, key: Key) -> Entry | None:
    """The newest order of this service and link whose row is gone, and which this row may be a new version of."""
    gone = book.gone_by_target.get((row.service, row.target), ())
    return next((e for e in reversed(gone) if e.content != key.content and not (e.ref and row.ref)), None)


def _edited(book: _Book, row: Checked, key: Key, entry: Entry | None) -> Verdict | None:
    before = _before(book, row, key)
    if before is None or before.content == key.content:  # only its Ref is another one: _repeat_in_job tells that
        return None
    was, now = _difference(before, row)
    code = "edited" if before.state is OrderState.PLACED else "edited_unsure"
    values = _facts(book, before) | {"was": was, "now": now}
    return RowState.HELD, code, sentence(code, **values)


def _held_elsewhere(book: _Book, row: Checked, key: Key, entry: Entry | None) -> Verdict | None:
    return (RowState.HELD, "held_elsewhere", sentence("held_elsewhere")) if key in book.around.held else None


def _repeat_in_job(book: _Book, row: Checked, key: Key, entry: Entry | None) -> Verdict | None:
    before = next(iter(book.gone_by_content.get(key.content, ())), None)
    if before is None:
        return None
    code = "repeat_in_job" if before.state is OrderState.PLACED else "repeat_unsure"
    return RowState.HELD, code, sentence(code, **_facts(book, before))


def _duplicate(book: _Book, row: Checked, key: Key, entry: Entry | None) -> Verdict | None:
    first = next((r for r in book.seen.get(key.content, ()) if not (r.ref and row.ref)), None)
    if first is not None:
        return RowState.HELD, "duplicate", sentence("duplicate", row=first.row.number)
    twin = next((e for e in book.sent_by_content.get(key.content, ()) if not (e.ref and row.ref)), None)
    return None if twin is None else (RowState.HELD, "duplicate", sentence("duplicate", row=twin.row))


def _repeat(book: _Book, row: Checked, key: Key, entry: Entry | None) -> Verdict | None:
    before = book.around.repeats.get(key.content)
    if before is None:
        return None
    code = "repeat" if before.state is OrderState.PLACED else "repeat_unsure"
    return RowState.HELD, code, sentence(code, **_facts(book, before))


def _blocked(book: _Book, row: Checked, key: Key, entry: Entry | None) -> Verdict | None:
    active = book.around.blocked.get(key)
    if active is None:
        return None
    return RowState.WAITING, "active_known", sentence("active_known", **_facts(book, active))


ALWAYS: tuple[Rule, ...] = (_already_sent, _skipped, _invalid, _nothing_to_change, _claimed)
UNLESS_AGAIN: tuple[Rule, ...] = (_held_elsewhere, _edited, _repeat_in_job, _duplicate, _repeat)
LAST: tuple[Rule, ...] = (_blocked,)


def _facts(book: _Book, entry: Entry) -> dict[str, object]:
    return {
        "when": on_day(entry.ordered_at or entry.sent_at, book.around.zone),
        "order_id": entry.order_id,
        "job": flat(entry.job_name),
        "row": entry.row,
        "ref": flat(entry.ref),
    }


def _difference(before: Entry, row: Checked) -> tuple[str, str]:
    """The fields in which two versions of a row differ, as they were and as they are."""
    old = {"service": before.order.service} | dict(before.order.form)
    new = {"service": row.service} | dict(row.form)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    told = {name: told_apart(old.get(name, ""), new.get(name, "")) for name in names}
    was, now = ([(name, text[at]) for name, text in told.items()] for at in (0, 1))
    return _told(was), _told(now)


def _told(values: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {text or 'empty'}" for name, text in values)


def make_plan(rows: Sequence[Checked], around: Circumstances) -> list[Planned]:
    """The verdict on every row, in the order of the file."""
    keys = keys_of(rows)
    book = _open_book(around, keys)
    book.wanted = {key for row, key in zip(rows, keys, strict=True) if row.action != "skip"}
    rules = ALWAYS + (() if around.again else UNLESS_AGAIN) + LAST
    planned, ready = [], 0
    for row, key in zip(rows, keys, strict=True):
        entry = _own_entry(book, row, key)
        if entry and entry.state in SENT and is_unread(row):
            row = _as_ordered(row)
        verdict = _verdict(rules, book, row, key, entry)
        if verdict is None:
            ready += 1
            verdict = _ready(ready, around.limit)
        state, code, told = verdict
        edited = _before(book, row, key) if code in ("edited", "edited_unsure") else None
        planned.append(
            Planned(
                checked=row,
                key=key,
                state=state,
                entry=entry,
                code=code,
                claimed_id=edited.order_id if edited else _kept_id(around.claims.get(key), row, state),
                sentence=told,
            )
        )
        if state not in (RowState.SKIPPED, RowState.INVALID):
            book.seen[key.content].append(row)
    return planned


def _verdict(rules: Sequence[Rule], book: _Book, row: Checked, key: Key, entry: Entry | None) -> Verdict | None:
    """What the first rule says that has something to say."""
    for rule in rules:
        if verdict := rule(book, row, key, entry):
            return verdict
    return None


def _kept_id(claim: Claim | None, row: Checked, state: RowState) -> str:
    """The order ID that comes back in the results although it is not believed; never one of another panel.

    What was typed for a lost answer never comes back: it was about that one, and would settle the next one unseen.
    """
    if claim is None:
        about_lost = state is RowState.UNCONFIRMED or row.claimed_id.casefold() == NOT_PLACED
        return "" if about_lost else row.claimed_id
    return "" if claim.code == "claim_foreign" else claim.order_id


def _ready(number: int, limit: int | None) -> Verdict:
    if limit is not None and number > limit:
        return RowState.WAITING, "limit", sentence("limit", limit=limit)
    return RowState.READY, "ready", sentence("ready")
