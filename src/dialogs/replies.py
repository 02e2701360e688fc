"""What a reply does to its dialogue: what enters the history, and what ends it."""

from typing import Final

from dialogs.chat import Billing, ChatReply, Fault, FaultKind, Message, message_from_record

_FILTERED: Final = "content_filter"


def enter_reply(reply: ChatReply, send_back: tuple[str, ...] = ()) -> Message | Fault:
    """Return the message that enters the history, as the model gave it, or the fault that ends the dialogue.

    Text (also empty or cut off), a refusal and tool calls enter; what a content filter held back does not.
    """
    if reply.finish_reason == _FILTERED:
        return Fault(
            FaultKind.FILTERED,
            "the endpoint's content filter held the reply back (finish_reason content_filter)",
            billing=Billing.YES,
            request_id=reply.request_id,
            attempts=reply.attempts,
        )
    return message_from_record(reply.message, send_back)
