"""Pages end by number or by size, whatever comes first; tokens that no page has made are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from andon.domain.errors import PageTokenInvalid
from andon.domain.principal import Principal
from andon.domain.samples import Sample, SampleQuery
from andon.rpc.feedback import FeedbackEndpoints
from andon.rpc.pages import FULL_STEP, MAX_BYTES, fill_page, make_token, read_token
from andon.rpc.pipeline import Call
from andon.store.values import Job
from andon.usecases.masking import Masks
from andon_client._gen.andon.v1 import feedback_service_pb2, review_service_pb2
from tests.builders import make_decision, make_proposal, make_task, make_verdict
from tests.unit.usecases.world import FakePolicies

LISTED = review_service_pb2.ListTasksRequest()


class Items:
    """The numbers from 0, each of the same size."""

    def __init__(self, count: int, size: int = 1) -> None:
        self.read: list[int] = []
        self.page: list[int] = []
        self._count = count
        self._size = size

    async def fetch(self, last: int | None, wanted: int) -> Sequence[int]:
        start = 0 if last is None else last + 1
        found = range(start, min(self._count, start + wanted))
        self.read.append(len(found))
        return found

    def put(self, item: int) -> int:
        self.page.append(item)
        return self._size


@pytest.mark.parametrize(
    ("count", "limit", "end"),
    [(0, 5, None), (5, 5, None), (6, 5, 4), (32, 32, None), (33, 32, 31), (100, 64, 63), (100, 1_000, None)],
)
async def test_a_page_ends_by_number(count: int, limit: int, end: int | None) -> None:
    items = Items(count)
    assert await fill_page(limit, 32, items.fetch, items.put) == end
    assert items.page == list(range(min(count, limit)))


async def test_a_page_ends_once_it_is_large_and_no_more_is_read() -> None:
    items = Items(1_000, MAX_BYTES // 50)
    assert await fill_page(1_000, 32, items.fetch, items.put) == 50
    assert items.read == [32, 32]


async def test_a_page_holds_at_least_one() -> None:
    items = Items(2, 10 * MAX_BYTES)
    assert await fill_page(1_000, 32, items.fetch, items.put) == 0
    assert items.page == [0]


async def test_others_run_between_the_steps() -> None:
    items, seen = Items(100), []

    async def look() -> None:
        seen.append(len(items.page))

    other = asyncio.create_task(look())
    await fill_page(1_000, 32, items.fetch, items.put)
    await other
    assert seen == [32]


def test_half_of_a_surrogate_pair_is_no_place() -> None:
    token = make_token(LISTED, 0, 0, "\ud800")
    with pytest.raises(PageTokenInvalid):
        read_token(LISTED, token, int, int, str)


def test_a_place_comes_back_as_it_was() -> None:
    assert read_token(LISTED, make_token(LISTED, -1, 2, "é"), int, int, str) == [-1, 2, "é"]


class LargeSamples:
    """The store's side of ListSamples: 100 samples, each with an input of 100,000 bytes."""

    def __init__(self) -> None:
        self.queries: list[SampleQuery] = []
        self.taken: list[tuple[int, int]] = []
        decision = make_decision(make_proposal(input={"text": "x" * 100_000}))
        review = make_verdict(Job(make_task(decision), decision)).review
        self._samples = [Sample(review, decision)] * 100

    async def samples(self, _principal: Principal, query: SampleQuery) -> Sequence[Sample]:
        self.queries.append(query)
        return self._samples[query.offset : query.offset + query.limit]

    async def exported(self, _principal: Principal, page: SampleQuery, count: int) -> None:
        self.taken.append((page.offset, count))

    async def last_sample(self, _principal: Principal, _after: int, _action: str) -> int:
        return 100


async def test_samples_go_on_where_a_large_page_ended() -> None:
    feedback = LargeSamples()
    masks = Masks(FakePolicies, None)  # type: ignore[arg-type]  # nothing is sensitive, so nothing is recorded
    endpoints = FeedbackEndpoints(feedback, masks)  # type: ignore[arg-type]
    request = feedback_service_pb2.ListSamplesRequest(page_size=1_000)
    call = Call({}, principal=Principal("lea", frozenset()))
    pages: list[int] = []
    while not pages or request.page_token:
        response = await endpoints.ListSamples(call, request)
        pages.append(len(response.samples))
        request.page_token = response.next_page_token
    assert pages == [21, 21, 21, 21, 16]
    assert feedback.taken == [(0, 21), (21, 21), (42, 21), (63, 21), (84, 16)]
    assert {query.limit for query in feedback.queries} == {FULL_STEP}
