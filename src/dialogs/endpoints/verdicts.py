"""An endpoint around the judge's: an answer that is no verdict is a fault, so that it is asked again, and not kept."""

from dialogs.chat import Answer, ChatRequest, Endpoint, EndpointAround, Fault
from dialogs.endpoints.faults import not_a_completion
from dialogs.expectations.judging import rubric_verdict


class VerdictEndpoint(EndpointAround):
    """Asks for verdicts on rubrics; `concurrency` is the inner endpoint's."""

    def __init__(self, inner: Endpoint, concurrency: int | None = None) -> None:
        """Ask `inner`."""
        super().__init__(inner)
        self.concurrency = concurrency

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask once."""
        answer = await self.inner.complete(request)
        if isinstance(answer, Fault) or rubric_verdict(answer) is not None:
            return answer
        return not_a_completion(
            'no verdict; wanted {"reason": text, "passed": true or false}',
            str(answer.message.get("content") or "").encode("utf-8", "replace"),
            source=f"the judge {self.model}",
            request_id=answer.request_id,
        )
