import asyncio

from builders import in_turn, request
from dialogs.chat import Billing, ChatReply, Fault, FaultKind
from dialogs.endpoints.scripted import ScriptedEndpoint
from dialogs.endpoints.verdicts import VerdictEndpoint


def test_a_verdict_is_handed_on() -> None:
    endpoint = VerdictEndpoint(ScriptedEndpoint(in_turn('{"passed": true}')))

    assert isinstance(asyncio.run(endpoint.complete(request("?"))), ChatReply)


def test_an_answer_that_is_no_verdict_is_asked_again() -> None:
    fault = asyncio.run(VerdictEndpoint(ScriptedEndpoint(in_turn("Fine."))).complete(request("?")))

    assert isinstance(fault, Fault)
    assert (fault.kind, fault.retryable, fault.billing) == (FaultKind.NOT_A_COMPLETION, True, Billing.YES)
    assert fault.message.startswith("the judge scripted: not a completion: no verdict; wanted ")


def test_a_fault_is_handed_on() -> None:
    fault = Fault(FaultKind.TIMEOUT, "late")

    assert asyncio.run(VerdictEndpoint(ScriptedEndpoint(in_turn(fault))).complete(request("?"))) == fault
