"""Whatever bytes come back for whatever action: a value or a sentence, and never a word that is untrue."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings

from tests.answers import (
    ENORMOUS,
    HTTP_STATUSES,
    LARGE_BODIES,
    QUESTIONS,
    WAITS,
    Answering,
    over_http,
    reading,
    replies,
)
from tests.wire import served

FUZZ = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@settings(FUZZ, max_examples=600)
@given(LARGE_BODIES, HTTP_STATUSES, WAITS)
def test_any_body_is_read(body: bytes, http_status: int, wait: float | None) -> None:
    """Every reader gives a value or a sentence; an order is placed if and only if an ID came."""
    reading(body, http_status, wait)


@pytest.mark.parametrize("question", QUESTIONS)
def test_any_bytes_over_http(question: str) -> None:
    """Bytes on the wire, however framed, are an outcome for an order and a value or PanelError for a question."""
    server = Answering()

    @settings(FUZZ, max_examples=40)
    @given(replies())
    def property_(reply: object) -> None:
        over_http(server, reply, question)  # type: ignore[arg-type]

    with served(server.wire):
        property_()


@pytest.mark.parametrize("body", ENORMOUS, ids=lambda body: repr(body[:24]))
def test_an_enormous_answer_is_read_in_no_time(body: bytes) -> None:
    """Digits and nesting without end, a field named thousands of times: a megabyte of it takes no time."""
    blown_up = body * (1_000_000 // len(body)) if set(body) == set(b"[") else body
    began = time.process_time()
    reading(blown_up, 200, None)
    assert time.process_time() - began < 5
