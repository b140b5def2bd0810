"""Budgets of requests, counted in a real Redis, over real HTTP."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from dev.engines.redis import Redis
from edge_api.ratelimit.counters import Counters
from edge_api.ratelimit.limiter import Rates
from edge_api.ratelimit.quota import DAY_S, Decision, Quota, quota
from edge_api.tests.conftest import edge_before
from edge_api.tests.toy import Toy, toy_served
from mesh.contract.model import Contract, RateClass
from mesh.core.config import SettingError
from tests.support.sentinel import ReplicatedRedis

Headers = dict[str, str]
SignedIn = Callable[..., Headers]
QUOTAS = {
    RateClass.READ: Quota("read", 3, 60),
    RateClass.WRITE: Quota("write", 2, 1),
    RateClass.LOGIN: Quota("login", 2, 60),
}


def limits(redis: Redis) -> Rates:
    return Rates(redis.url, QUOTAS, answers_within_s=0.4)  # the machine may be busy


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with Redis(tmp_path / "redis", port=0, durable=False) as started:
        yield started


@pytest.fixture
def edge(contract_file: Path, toy: Toy, redis: Redis) -> Iterator[httpx.Client]:
    """An edge that trusts one proxy's `X-Forwarded-For`."""
    rates = limits(redis)
    with (
        toy_served(toy) as port,
        edge_before(contract_file, port, rates=rates, trusted_proxies=1) as url,
        httpx.Client(base_url=url, timeout=5) as opened,
    ):
        yield opened


def read(edge: httpx.Client, headers: Headers) -> httpx.Response:
    return edge.get("/toy/notes", headers=headers)


def test_a_response_says_what_is_left(edge: httpx.Client, signed_in: SignedIn) -> None:
    answers = [read(edge, signed_in("ada")) for _ in range(2)]
    assert [answer.headers["ratelimit-policy"] for answer in answers] == ['"read";q=3;w=60'] * 2
    assert answers[0].headers["ratelimit"] == '"read";r=2;t=20'
    assert answers[1].headers["ratelimit"].startswith('"read";r=1;t=')


def test_over_its_quota_a_caller_is_429_and_told_when_to_ask_again(
    edge: httpx.Client, signed_in: SignedIn
) -> None:
    for _ in range(3):
        assert read(edge, signed_in("ada")).status_code == 200
    refused = read(edge, signed_in("ada"))
    assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMITED")
    assert 18 <= int(refused.headers["retry-after"]) <= 20
    assert refused.headers["ratelimit"] == f'"read";r=0;t={refused.headers["retry-after"]}'


def test_each_user_has_a_budget_of_its_own_wherever_it_calls_from(
    edge: httpx.Client, signed_in: SignedIn
) -> None:
    for place in range(3):
        headers = signed_in("ada") | {"X-Forwarded-For": f"192.0.2.{place}"}
        assert read(edge, headers).status_code == 200
    assert read(edge, signed_in("ada")).status_code == 429
    assert read(edge, signed_in("bob")).status_code == 200


def test_each_class_has_a_budget_of_its_own(edge: httpx.Client, signed_in: SignedIn) -> None:
    for _ in range(4):
        read(edge, signed_in("ada"))
    written = edge.post("/toy/notes", json={"title": "milk"}, headers=signed_in("ada"))
    assert written.status_code == 201


def test_a_budget_comes_back_at_its_rate(edge: httpx.Client, signed_in: SignedIn) -> None:
    def write() -> int:
        body = {"title": "milk"}
        return edge.post("/toy/notes", json=body, headers=signed_in("ada")).status_code

    assert [write() for _ in range(3)] == [201, 201, 429]
    time.sleep(0.6)
    assert [write() for _ in range(2)] == [201, 429]


def test_attempts_are_counted_by_address_whoever_is_signed_in(
    edge: httpx.Client, signed_in: SignedIn
) -> None:
    def attempt(user: str, address: str) -> int:
        headers = signed_in(user) | {"X-Forwarded-For": f"6.6.6.6, {address}"}
        return edge.post("/toy/echo", json={}, headers=headers).status_code

    here = [attempt(user, "192.0.2.1") for user in ("ada", "bob", "eve")]
    assert here == [200, 200, 429]
    assert attempt("eve", "192.0.2.2") == 200


def test_an_ipv4_address_is_the_same_however_it_is_written(edge: httpx.Client) -> None:
    def attempt(address: str) -> int:
        return edge.post("/toy/echo", json={}, headers={"X-Forwarded-For": address}).status_code

    assert attempt("192.0.2.1") == 200
    assert attempt("::ffff:192.0.2.1") == 200
    assert attempt("192.0.2.1:4711") == 429
    assert attempt("[::ffff:c000:201]:80") == 429
    assert attempt("::ffff:192.0.2.2") == 200


def test_one_network_of_ipv6_is_one_address(edge: httpx.Client) -> None:
    def attempt(address: str) -> int:
        return edge.post("/toy/echo", json={}, headers={"X-Forwarded-For": address}).status_code

    assert [attempt(f"2001:db8::{n}") for n in (1, 2, 3)] == [200, 200, 429]
    assert attempt("2001:db8:0:1::1") == 200


@pytest.mark.parametrize(
    "quota",
    [
        *(Quota("q", 100_000_000, 60), Quota("q", 999_999_999, 1), Quota("q", 999_999_999, 86_400)),
        *(Quota("q", 700_001, 1), Quota("q", 300, 86_400), Quota("q", 7, 1)),
    ],
)
def test_a_quota_of_any_size_is_counted_to_the_request(redis: Redis, quota: Quota) -> None:
    """All are counted at one time, so that no quota is freed meanwhile."""
    assert drawn_at_once(redis, quota, 150) == [
        *(quota.requests - number for number in range(1, min(quota.requests, 150) + 1)),
        *["refused"] * (150 - quota.requests),
    ]


def test_one_request_a_day_is_one_request_a_day(redis: Redis) -> None:
    assert drawn_at_once(redis, Quota("q", 1, DAY_S), 2) == [0, "refused"]
    assert drawn_at_once(redis, Quota("q", 1, DAY_S), 1) == ["refused"]


def drawn_at_once(redis: Redis, quota: Quota, times: int) -> list[int | str]:
    """Returns what each of so many requests leaves of the quota, or that it was refused."""

    async def acquire() -> list[Decision]:
        counters = Counters(redis.url, answers_within_s=5)
        try:
            drawn = [counters.acquire("budget:test", quota) for _ in range(times)]
            return [granted.decision for granted in await asyncio.gather(*drawn)]
        finally:
            await counters.close()

    return [one.remaining if one.wait_s == 0 else "refused" for one in asyncio.run(acquire())]


def test_the_budgets_of_development_are_counted_too(
    contract_file: Path,
    toy: Toy,
    redis: Redis,
    signed_in: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EDGE_REDIS_URL", redis.url)
    rates = replace(Rates.from_env(), answers_within_s=0.4)
    with (
        toy_served(toy) as port,
        edge_before(contract_file, port, rates=rates) as url,
        httpx.Client(base_url=url) as edge,
    ):
        answer = read(edge, signed_in("ada"))
    assert answer.headers["ratelimit-policy"] == '"read";q=100000000;w=60'
    assert answer.headers["ratelimit"] == '"read";r=99999999;t=1'


def test_two_edges_count_together(
    contract_file: Path, toy: Toy, redis: Redis, edge: httpx.Client, signed_in: SignedIn
) -> None:
    rates = limits(redis)
    with (
        toy_served(toy) as port,
        edge_before(contract_file, port, rates=rates) as url,
        httpx.Client(base_url=url) as other,
    ):
        answers = [read(each, signed_in("ada")) for each in (edge, other, edge, other)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


def test_without_its_redis_the_edge_serves_without_limits(
    edge: httpx.Client, redis: Redis, signed_in: SignedIn
) -> None:
    redis.engine.stop()
    for _ in range(10):
        answer = read(edge, signed_in("ada"))
        assert (answer.status_code, "ratelimit" in answer.headers) == (200, False)


def test_a_redis_that_hangs_holds_up_no_more_than_a_request_a_second(
    edge: httpx.Client, redis: Redis, signed_in: SignedIn
) -> None:
    assert read(edge, signed_in("ada")).status_code == 200
    pid = redis.engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        started = time.monotonic()
        assert {read(edge, signed_in("ada")).status_code for _ in range(20)} == {200}
        assert time.monotonic() - started < 20 * 0.4, "it waited for each of them"
    finally:
        os.kill(pid, signal.SIGCONT)
    time.sleep(1.1)
    assert "ratelimit" in read(edge, signed_in("ada")).headers


@pytest.mark.parametrize("forwarded", ["", "not an address", "1.2.3.4, nonsense"])
def test_what_a_proxy_did_not_write_is_not_believed(edge: httpx.Client, forwarded: str) -> None:
    """The peer is counted then, as without the header."""
    for _ in range(2):
        assert edge.post("/toy/echo", json={}).status_code == 200
    answer = edge.post("/toy/echo", json={}, headers={"X-Forwarded-For": forwarded})
    assert answer.status_code == 429


def test_without_trusted_proxies_the_header_means_nothing(
    contract_file: Path, toy: Toy, redis: Redis
) -> None:
    rates = limits(redis)
    with toy_served(toy) as port, edge_before(contract_file, port, rates=rates) as url:
        answers = [
            httpx.post(f"{url}/toy/echo", json={}, headers={"X-Forwarded-For": f"9.9.9.{n}"})
            for n in range(3)
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 429]


def test_most_rpcs_need_no_option_to_have_their_class(contract: Contract) -> None:
    classes = {method.name: method.rate_class for method in contract}
    assert classes["GetNote"] is RateClass.READ  # no side effects
    assert classes["CreateNote"] is RateClass.WRITE  # for users
    assert classes["Echo"] is RateClass.LOGIN  # open to anyone


@pytest.mark.parametrize(
    "value", ["", "10", "0/60", "10/0", "10/100000", "-1/60", "\u0661/60", "on"]
)
def test_a_malformed_quota_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("EDGE_RATE_READ", value)
    if value == "":
        assert quota("READ", "1/1") == Quota("read", 1, 1)  # as if unset
    else:
        with pytest.raises(SettingError, match="EDGE_RATE_READ"):
            quota("READ", "1/1")


def test_a_quota_may_be_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_RATE_READ", "off")
    assert quota("READ", "1/1") is None


def test_limits_count_again_once_redis_failed_over_and_no_request_failed_meanwhile(
    contract_file: Path, toy: Toy, signed_in: SignedIn, tmp_path: Path
) -> None:
    with ReplicatedRedis(tmp_path) as pair, toy_served(toy) as port:
        rates = replace(limits(pair.primary), redis_url=pair.url)
        with (
            edge_before(contract_file, port, rates=rates) as url,
            httpx.Client(base_url=url, timeout=5) as edge,
        ):
            assert "ratelimit" in read(edge, signed_in("ada")).headers
            pid = pair.primary.engine.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            answers = [read(edge, signed_in("ada"))]
            pair.wait_until_promoted()
            until = time.monotonic() + 30
            while "ratelimit" not in answers[-1].headers:
                assert time.monotonic() < until, "none was counted again"
                answers.append(read(edge, signed_in("bob")))
                time.sleep(0.1)
    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit" not in answers[0].headers
