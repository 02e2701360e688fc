import contextlib
import http.client
import json
from collections.abc import Iterator

import pytest

from servers import Act, Server, Wire, answer, completion, head, in_order, serve


@contextlib.contextmanager
def posted(server: Server) -> Iterator[http.client.HTTPResponse]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("POST", "/v1/chat/completions", '{"messages": []}', {"X-One": "1"})
        with connection.getresponse() as response:
            yield response


def test_answers_from_the_script_and_journals_the_request() -> None:
    with serve(lambda request: completion(request.headers["x-one"])) as server:
        with posted(server) as response:
            reply = json.load(response)
        (request,) = server.requests
    assert reply["choices"][0]["message"]["content"] == "1"
    assert (request.method, request.target, request.body) == ("POST", "/v1/chat/completions", b'{"messages": []}')


def test_answers_in_order_and_repeats_the_last() -> None:
    with serve(in_order(answer({}, 500), answer({}, 503))) as server:
        for status in (500, 503, 503):
            with posted(server) as response:
                assert response.status == status


def test_cuts_and_resets_a_connection() -> None:
    with serve(in_order(Wire(head(length=9), b"{", Act.CLOSE), Wire(Act.RESET))) as server:
        with posted(server) as response, pytest.raises(http.client.IncompleteRead):
            response.read()
        with pytest.raises(ConnectionResetError), posted(server):
            pass


def test_waits_for_requests() -> None:
    with serve(lambda _request: completion()) as server:
        with posted(server):
            server.wait_for_requests(1)
        with pytest.raises(TimeoutError, match="1 of 2"):
            server.wait_for_requests(2, timeout_s=0.01)
