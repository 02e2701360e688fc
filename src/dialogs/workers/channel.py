"""Messages between the processes of a run, over a pair of sockets that nobody else can reach."""

import asyncio
import pickle
import socket
import struct
from collections.abc import Callable
from typing import Final

_LENGTH: Final = struct.Struct("!I")


class Channel(asyncio.Protocol):
    """One end of a socket pair: sends and receives values, whole."""

    def __init__(self, receive: Callable[[object], None], lost: Callable[[], None]) -> None:
        """Hand on each value that comes to `receive`; `lost` is called once, when the other end is gone."""
        self._receive = receive
        self._lost = lost
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand on what has come whole."""
        self._buffer += data
        start = 0
        while len(self._buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            end = start + _LENGTH.size + length
            if end > len(self._buffer):
                break
            value = self._buffer[start + _LENGTH.size : end]
            start = end
            self._receive(pickle.loads(value))  # noqa: S301 - a process of ours has made it
        del self._buffer[:start]

    def connection_lost(self, _error: Exception | None) -> None:
        """Say that the other end is gone."""
        self._lost()

    def send(self, value: object) -> None:
        """Send a value; where the other end is gone, nobody hears it."""
        if self._transport is not None and not self._transport.is_closing():
            data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
            self._transport.write(_LENGTH.pack(len(data)) + data)

    def close(self) -> None:
        """Close this end, when all is sent; `lost` is called then."""
        if self._transport is not None:
            self._transport.close()


async def open_channel(end: socket.socket, receive: Callable[[object], None], lost: Callable[[], None]) -> Channel:
    """Begin to send and receive at one end of a socket pair."""
    end.setblocking(False)  # noqa: FBT003 - the method's own
    loop = asyncio.get_running_loop()
    _transport, channel = await loop.create_connection(lambda: Channel(receive, lost), sock=end)
    return channel
