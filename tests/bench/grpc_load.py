"""Calls of GetUser over gRPC alone, by callers that each wait for their answer."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence

import grpc

from market.user.v1 import user_pb2
from tests.bench import rows
from tests.bench.load import LEAST_WARM_UP_S, Round, T
from tests.bench.workloads import Tokens

METHOD = "/market.user.v1.UserService/GetUser"
TIMEOUT_S = 10.0
OK = 200


async def steady(
    targets: Sequence[str], tokens: Tokens, callers: int, seconds: float, look: Callable[[], T]
) -> tuple[Round, T, T]:
    """As `load.Load.steady`, the callers spread over the targets."""
    tokens.refresh()
    found = [Round(0.0)]
    channels = [grpc.aio.insecure_channel(target) for target in targets]
    calls = [channel.unary_unary(METHOD, bytes, bytes) for channel in channels]

    async def caller(number: int) -> None:
        call, users = calls[number % len(calls)], random.Random(number)  # noqa: S311  # load guards nothing
        while True:
            user = users.randrange(rows.USERS)
            user_id = rows.user_id(user)
            request = user_pb2.GetUserRequest(user_id=user_id).SerializeToString()
            metadata = (("authorization", f"Bearer {tokens.of(user)}"),)
            started = time.perf_counter()
            try:
                answer = await call(request, metadata=metadata, timeout=TIMEOUT_S)
            except grpc.aio.AioRpcError as error:
                found[0].broken[error.code().name] += 1
                continue
            found[0].took_s.setdefault(OK, []).append(time.perf_counter() - started)
            found[0].wrong += user_id.encode() not in answer

    asking = [asyncio.create_task(caller(number)) for number in range(callers)]
    await asyncio.sleep(LEAST_WARM_UP_S)
    before, started = look(), time.perf_counter()
    found[0] = counted = Round(seconds, cpu_s=-time.process_time())
    await asyncio.sleep(seconds)
    while not counted.ended():  # noqa: ASYNC110  # an event would cost each answer
        await asyncio.sleep(LEAST_WARM_UP_S)
    after, counted.seconds = look(), time.perf_counter() - started
    counted.cpu_s += time.process_time()
    found[0] = Round(0.0)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    for channel in channels:
        await channel.close(None)
    return counted, before, after
