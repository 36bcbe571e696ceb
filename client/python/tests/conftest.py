from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncGenerator, Iterator
from typing import Any, Callable

import numpy as np
import pytest
from fake_server import FakeServer

import pixelclip


class BlockingIterator:
    """An asynchronous generator that is used like a generator."""

    def __init__(self, loop: asyncio.AbstractEventLoop, generator: AsyncGenerator[Any, None]) -> None:
        self._loop = loop
        self._generator = generator

    def __iter__(self) -> BlockingIterator:
        return self

    def __next__(self) -> Any:
        try:
            return self._loop.run_until_complete(self._generator.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        self._loop.run_until_complete(self._generator.aclose())


class BlockingAsyncClient:
    """An AsyncClient that is used like a Client, so that one test covers both."""

    def __init__(self, target: str, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()

        async def make() -> pixelclip.AsyncClient:
            return pixelclip.AsyncClient(target, **options)

        self._client = self._loop.run_until_complete(make())

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        @functools.wraps(method)
        def blocking(*args: Any, **kwargs: Any) -> Any:
            result = method(*args, **kwargs)
            if inspect.isasyncgen(result):
                return BlockingIterator(self._loop, result)
            assert inspect.isawaitable(result)
            return self._loop.run_until_complete(result)

        return blocking

    def close(self) -> None:
        self._loop.run_until_complete(self._client.close())
        self._loop.close()


@pytest.fixture(params=["sync", "asyncio"])
def connect(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Makes clients of either kind, with the arguments of pixelclip.Client, and closes them in the end."""
    clients: list[Any] = []

    def make(target: str, **options: Any) -> Any:
        clients.append(
            (pixelclip.Client if request.param == "sync" else BlockingAsyncClient)(target, **options)
        )
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """Answers with 5 x 7 pixels: class 0 above, class 1 below, class 2 in a corner."""
    labels = np.zeros((5, 7), np.uint8)
    labels[3:] = 1
    labels[4, 5:] = 2
    fake = FakeServer(labels)
    yield fake
    fake.stop()


@pytest.fixture
def client(connect: Callable[..., Any], server: FakeServer) -> Any:
    return connect(server.target)
