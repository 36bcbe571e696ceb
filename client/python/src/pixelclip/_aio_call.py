from __future__ import annotations

import asyncio
from typing import Any

import grpc
import grpc.aio


def end_of_call(call: Any) -> asyncio.Future[grpc.aio.AioRpcError | None]:
    """What the server, or a cancellation, ends a call of grpc.aio with; None if all went well.

    The call itself does not know for certain: a write that comes when the server has ended the call turns the
    status into INTERNAL, before or after the server's own was there (grpc/grpc#36066).
    """
    end: asyncio.Future[grpc.aio.AioRpcError | None] = asyncio.get_running_loop().create_future()

    async def status() -> grpc.aio.AioRpcError | None:
        code = await call.code()
        if code is grpc.StatusCode.OK:
            return None
        return grpc.aio.AioRpcError(
            code, await call.initial_metadata(), await call.trailing_metadata(), details=await call.details()
        )

    def note(_: Any) -> None:  # called for each status that is set
        try:
            status().send(None)  # a call that has a status makes nobody wait for it
        except StopIteration as returned:
            error = returned.value
            made_up = error is not None and error.details() == "Internal error from Core"
            if not made_up and not end.done():
                end.set_result(error)

    call.add_done_callback(note)
    return end
