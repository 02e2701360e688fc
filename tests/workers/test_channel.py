import asyncio
import pickle
import socket
import struct

from dialogs.workers.channel import Channel, open_channel


async def between(values: list[object]) -> list[object]:
    """Send values from one end to the other, and close; return what came."""
    one, other = socket.socketpair()
    came: list[object] = []
    lost = asyncio.get_running_loop().create_future()
    sender = await open_channel(one, came.append, lambda: None)
    await open_channel(other, came.append, lambda: lost.set_result(None))
    for value in values:
        sender.send(value)
    sender.close()
    await lost
    sender.send("to nobody")
    return came


def test_values_come_whole_in_order_and_then_the_end() -> None:
    values: list[object] = [1, "x" * 1_000_000, {"a": [None]}]

    assert asyncio.run(between(values)) == values


def test_a_value_may_come_in_any_pieces() -> None:
    came: list[object] = []
    channel = Channel(came.append, lambda: None)
    data = b"".join(struct.pack("!I", len(pickle.dumps(value))) + pickle.dumps(value) for value in ("one", "two"))
    for byte in data:
        channel.data_received(bytes([byte]))

    assert came == ["one", "two"]
