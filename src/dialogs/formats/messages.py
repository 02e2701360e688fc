"""Lists of chat messages, which several formats have, to the steps of a scenario."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from dialogs.encoding import JsonObject, JsonValue, decode
from dialogs.errors import Place
from dialogs.formats.drafts import Draft, Step, UnfitError
from dialogs.formats.tables import Table
from dialogs.loading.faults import excerpt
from dialogs.scenario import Content, Instruction, MediaPart, Part, TextPart, ToolAnswer, ToolRule

_ROLES: Final = "wanted system, developer, user, assistant or tool"
_REPLY_KEYS_LEFT_OUT: Final = ("role", "weight", "name", "function_call", "audio", "id")


def add_messages(draft: Draft, messages: Iterable[Table]) -> None:
    """Add chat messages to a scenario: what users say becomes turns, what assistants say their replies.

    Raises:
        UnfitError: a message has no role, or content of no known sort.
    """
    for message in messages:
        match message.text("role"):
            case "system" | "developer" as role:
                _add_instruction(draft, message, role)
            case "user":
                _add_user(draft, message)
            case "assistant":
                _add_reply(draft, message)
            case "tool":
                _add_result(draft, message)
            case role:
                draft.lose(f"message of role {excerpt(role)}", of_history=True)
    _add_tool_rules(draft)


def _add_instruction(draft: Draft, message: Table, role: str) -> None:
    text = _text(message)
    if draft.steps and isinstance(draft.steps[-1], Step) and not draft.steps[-1].replies:
        draft.lose(f"{role} message between a user message and its reply", of_history=True)
    elif role == "system" and not draft.steps and draft.system is None:
        draft.system = text
    else:
        draft.steps.append(Instruction("system" if role == "system" else "developer", text, message.place))
    _lose_rest(draft, message)


def _add_user(draft: Draft, message: Table) -> None:
    content = _content(draft, message)
    last = draft.steps[-1] if draft.steps else None
    if isinstance(last, Step) and not last.replies:
        joined = f"{_plain(last.user)}\n\n{_plain(content)}"
        draft.lose("the border between two user messages in a row, which became one", of_history=True)
        last.user = joined
    else:
        draft.steps.append(Step(content, message.place))
    _lose_rest(draft, message)


def _add_reply(draft: Draft, message: Table) -> None:
    last = draft.steps[-1] if draft.steps else None
    if not isinstance(last, Step):
        where = "after an instruction" if draft.turns else "before the first user message"
        draft.lose(f"assistant message {where}", of_history=True)
    elif last.replies and not last.replies[-1].get("tool_calls") and last.replies[-1]["role"] != "tool":
        draft.lose("assistant message right after another", of_history=True)
    else:
        last.replies.append(_reply(draft, message))


def _reply(draft: Draft, message: Table) -> JsonObject:
    """Return a reply as a server would have given it; what stands beside it there is kept."""
    content = message.value("content")
    if isinstance(content, list):
        content = _text(message)
    elif not isinstance(content, str | None):
        raise UnfitError(message.place, f"content is {excerpt(content)}; wanted text")
    calls = message.value("tool_calls")
    if calls is not None and not _are_calls(calls):
        raise UnfitError(message.place, f"tool_calls is {excerpt(calls)}; wanted a list of function calls")
    if message.value("function_call") is not None:
        draft.lose("function_call (the old form of tool_calls)", of_history=True)
    if message.value("audio") is not None:
        draft.lose("audio of a reply", of_history=True)
    for key in ("weight", "name"):
        if message.value(key) is not None:
            draft.lose(f"{key} of an assistant message")
    rest = {key: value for key, value in message.data.items() if key not in (*_REPLY_KEYS_LEFT_OUT, "content")}
    return {"role": "assistant", "content": content, **rest}


def _are_calls(calls: JsonValue) -> bool:
    return isinstance(calls, list) and all(
        isinstance(call, Mapping)
        and isinstance(call.get("id"), str)
        and isinstance(function := call.get("function"), Mapping)
        and isinstance(function.get("name"), str)
        and isinstance(function.get("arguments"), str)
        for call in calls
    )


def _add_result(draft: Draft, message: Table) -> None:
    last = draft.steps[-1] if draft.steps else None
    called = message.optional_text("tool_call_id")
    if not isinstance(last, Step) or called not in (_id(call) for reply in last.replies for call in _calls(reply)):
        draft.lose("result of a tool that no message calls", of_history=True)
        return
    last.replies.append({"role": "tool", "tool_call_id": called, "content": _text(message)})
    message.value("name")  # the call says it too
    _lose_rest(draft, message)


def _calls(reply: JsonObject) -> Iterable[JsonObject]:
    calls = reply.get("tool_calls")
    return [call for call in calls if isinstance(call, Mapping)] if isinstance(calls, list) else []


def _id(call: JsonObject) -> JsonValue:
    return call.get("id")


def _add_tool_rules(draft: Draft) -> None:
    """Script the results of tools as they came: for each function and arguments, one answer after the other."""
    answers: dict[tuple[str, str], list[ToolAnswer]] = {}
    places: dict[tuple[str, str], Place] = {}
    for step in draft.turns:
        results = {reply.get("tool_call_id"): reply for reply in step.replies if reply["role"] == "tool"}
        for call in (call for reply in step.replies for call in _calls(reply)):
            key, result = _function(call), results.get(_id(call))
            if result is not None:
                answers.setdefault(key, []).append(ToolAnswer(result["content"]))
                places.setdefault(key, step.place)
    defined = {_name(tool) for tool in draft.tools}
    for (name, arguments), given in answers.items():
        if name not in defined:
            draft.losses += ["result of a tool that is not defined"] * len(given)
            continue
        rules = [*draft.tool_results.get(name, ()), _rule(arguments, _but_repeated(given), places[name, arguments])]
        draft.tool_results[name] = tuple(sorted(rules, key=_takes_all))


def _function(call: JsonObject) -> tuple[str, str]:
    function = call.get("function")
    return (str(function["name"]), str(function["arguments"])) if isinstance(function, Mapping) else ("", "")


def _name(tool: JsonObject) -> str:
    function = tool.get("function")
    return str(function.get("name")) if isinstance(function, Mapping) else ""


def _takes_all(rule: ToolRule) -> bool:
    """Say whether a rule, that of a call without arguments, must stand last."""
    return not rule.when and not rule.malformed


def _but_repeated(answers: list[ToolAnswer]) -> tuple[ToolAnswer, ...]:
    """Drop repetitions at the end, since the last answer is given again and again."""
    while len(answers) > 1 and answers[-1] == answers[-2]:
        answers = answers[:-1]
    return tuple(answers)


def _rule(arguments: str, answers: tuple[ToolAnswer, ...], place: Place) -> ToolRule:
    try:
        values = decode(arguments)
    except ValueError:
        values = None
    if isinstance(values, dict):
        return ToolRule(place, answers, when=values)
    return ToolRule(place, answers, malformed=True)


def _text(message: Table) -> str:
    """Return content that can only be text, given as such or as a list of text parts."""
    content = message.value("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(part, Mapping) and _is_text(part) for part in content):
        return "".join(str(part["text"]) for part in content if isinstance(part, Mapping))
    found = "no content" if content is None else f"content is {excerpt(content)}"
    raise UnfitError(message.place, f"{found} in a message of the {message.data['role']}; wanted text")


def _is_text(part: JsonObject) -> bool:
    return part.get("type") == "text" and isinstance(part.get("text"), str)


def _content(draft: Draft, message: Table) -> Content:
    value = message.value("content")
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not value:
        raise UnfitError(message.place, f"content is {excerpt(value)} in a message of the user; wanted text or parts")
    parts = [part for item in value if (part := _part(draft, item)) is not None]
    if not parts:
        raise UnfitError(message.place, "a message of the user of nothing that can be taken over; wanted text")
    return tuple(parts)


def _part(draft: Draft, part: JsonValue) -> Part | None:
    if isinstance(part, Mapping) and _is_text(part):
        return TextPart(str(part["text"]))
    image = part.get("image_url") if isinstance(part, Mapping) else None
    url = image.get("url") if isinstance(image, Mapping) else image
    if isinstance(url, str) and url.startswith("https://"):
        detail = image.get("detail") if isinstance(image, Mapping) else None
        return MediaPart("image", url=url, detail=detail if isinstance(detail, str) else None)
    kind = part.get("type") if isinstance(part, Mapping) else part
    draft.lose(f"content part of type {excerpt(kind)}", of_history=True)
    return None


def _plain(content: Content) -> str:
    if isinstance(content, str):
        return content
    return "\n\n".join(part.text if isinstance(part, TextPart) else str(part.url) for part in content)


def _lose_rest(draft: Draft, message: Table) -> None:
    for key in message.unread(("role", "content", "id")):
        draft.lose(f"{key} of a {message.data['role']} message", of_history=key == "name")


def counted(losses: Iterable[str]) -> list[str]:
    """Put equal losses together: `2 x name of a user message`, in the order of their first appearance."""
    return [f"{number:,} x {loss}" if number > 1 else loss for loss, number in Counter(losses).items()]
