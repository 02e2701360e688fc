"""The Batch API of our own on loopback: the service behind the URLs, and chat completions for what is asked live."""

import contextlib
import json
import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

from batch_service import ApiError, BatchService, Json
from servers import Received, Server, Wire, answer, serve

_FILE = re.compile(r"/v1/files/([^/]+)(/content)?")
_BATCH = re.compile(r"/v1/batches/([^/]+)(/cancel)?")

Before = Callable[[Received], Wire | None]
After = Callable[[Received, Wire], Wire]


class JumpingClock:
    """Seconds since 1970, that jump at each look: `hours` pass between two requests for a batch."""

    def __init__(self, hours: float = 3.0) -> None:
        self.hours = hours
        self.seconds = time.time()

    def __call__(self) -> float:
        return self.seconds

    def jump(self) -> None:
        self.seconds += self.hours * 3600


def _nothing(_request: Received) -> Wire | None:
    return None


def _same(_request: Received, wire: Wire) -> Wire:
    return wire


@contextlib.contextmanager
def batch_server(
    service: BatchService, clock: JumpingClock | None = None, *, before: Before = _nothing, after: After = _same
) -> Iterator[Server]:
    """Serve a service. `before` may answer a request in its place; `after` may change what it answers."""

    def script(request: Received) -> Wire:
        instead = before(request)
        if instead is not None:
            return instead
        if clock is not None and request.method == "GET" and _BATCH.fullmatch(urlsplit(request.target).path):
            clock.jump()
        try:
            found = _routed(service, request)
        except ApiError as error:
            return after(request, answer(error.body, error.status))
        return after(request, answer(found))

    with serve(script) as server:
        yield server


def _routed(service: BatchService, request: Received) -> bytes | Json:
    url = urlsplit(request.target)
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    match request.method, url.path:
        case "POST", "/v1/chat/completions":
            status, body = service.reply(request.json)
            if status != 200:
                raise ApiError(status, body["error"]["message"], body["error"].get("code"))
            return body
        case "POST", "/v1/files":
            fields = multipart(request)
            return service.upload(fields["file"][0], fields["file"][1], fields["purpose"][1].decode())
        case "POST", "/v1/batches":
            return service.create(request.json)
        case "GET", "/v1/batches":
            return service.listing(int(query.get("limit", "20")), query.get("after"))
        case _:
            return _one(service, request, url.path)


def _one(service: BatchService, request: Received, path: str) -> bytes | Json:
    if match := _FILE.fullmatch(path):
        if request.method == "DELETE":
            return service.delete(match[1])
        record, content = service.file(match[1])
        return content if match[2] else record
    if match := _BATCH.fullmatch(path):
        return service.cancel(match[1]) if match[2] else service.retrieve(match[1])
    raise ApiError(404, f"Invalid URL ({request.method} {path})")


def multipart(request: Received) -> dict[str, tuple[str, bytes]]:
    """Read a form: each field's file name, if any, and its bytes."""
    boundary = request.headers["content-type"].partition("boundary=")[2].strip('"').encode()
    fields: dict[str, tuple[str, bytes]] = {}
    for part in request.body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        names = dict(re.findall(r'(name|filename)="([^"]*)"', head.decode()))
        fields[names["name"]] = names.get("filename", ""), content.removesuffix(b"\r\n")
    return fields


def echo(body: Json) -> tuple[int, Json]:
    """Answer with the whole history's last words and its length: a function of the request alone."""
    messages = body["messages"]
    text = f"{len(messages)}: {messages[-1]['content']}"
    return 200, {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1700000000,
        "model": body["model"],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": len(json.dumps(messages)), "completion_tokens": len(text), "total_tokens": 0},
    }
