"""OpenAI's chat messages, a conversation a line: fine-tuning examples, requests of the Batch API, logs of requests.

Sources: https://platform.openai.com/docs/guides/fine-tuning and https://platform.openai.com/docs/guides/batch.
"""

from collections.abc import Iterable, Iterator

from dialogs.encoding import JsonObject, JsonValue
from dialogs.formats.drafts import Draft, Item, UnfitError
from dialogs.formats.messages import add_messages
from dialogs.formats.tables import Table
from dialogs.formats.trees import Tree
from dialogs.loading.parameters import PARAMETERS

_NAMES = ("id", "custom_id", "conversation_id", "name")


def recognises(value: JsonValue) -> bool:
    """Say whether a record looks like this format."""
    body = value.get("body", value) if isinstance(value, dict) else None
    return isinstance(body, dict) and isinstance(body.get("messages"), list)


def read(records: Iterable[Tree], *, scripted: bool = False) -> Iterator[Item]:
    """Read conversations; of a request, which names a model, its parameters too."""
    for record in records:
        try:
            yield _draft(record).finish(scripted=scripted)
        except UnfitError as error:
            yield error.fault


def _draft(record: Tree) -> Draft:
    outer = Table(record, "a conversation")
    names = [outer.name(key) for key in _NAMES]
    request = outer.table("body") if "body" in outer else outer
    draft = Draft(next(filter(None, names), None), record.place)
    if "messages" not in request:
        raise UnfitError(record.place, "no messages; wanted a list of chat messages")
    if (model := request.optional_text("model")) is not None:
        draft.models = (model,)
        draft.params |= _params(request)
    draft.tools = tuple(table.data for table in request.tables("tools", "a tool"))
    add_messages(draft, request.tables("messages", "a message"))
    for table in (outer,) if request is outer else (outer, request):
        for key in table.unread(("method", "url", "stream", "stream_options")):
            draft.lose(f"{key} of a conversation")
    return draft


def _params(request: Table) -> JsonObject:
    """Return the parameters of a request; one whose value would be refused stays unread, and so is listed."""
    return {
        name: request.value(name)
        for name, parameter in PARAMETERS.items()
        if name in request and parameter.fits(request.data[name])
    }
