import asyncio

from builders import PLACE, in_turn
from dialogs.chat import CompletionPlace, Fault, FaultKind
from dialogs.endpoints.scripted import ScriptedEndpoint
from dialogs.expectations import Seen, Verdict
from dialogs.expectations.judging import Question
from dialogs.judging import EndpointJudge
from dialogs.scenario import Expectation

AT = CompletionPlace("talk@m#0", 1, arm="judge")


def question(kind: str, text: str = "Hi") -> Question:
    value: dict[str, str | float] | str = {"to": "Hello", "threshold": 0.8} if kind == "similar" else "Is polite."
    return Question(Expectation(kind, value, PLACE), Seen({"content": text}), (), AT)


def test_each_kind_goes_to_its_endpoint_and_answers_are_told() -> None:
    rubrics = ScriptedEndpoint(in_turn('{"reason": "Rude.", "passed": false}'))
    similarities = ScriptedEndpoint(in_turn("0.9"), model="e")
    told: list[CompletionPlace] = []
    judge = EndpointJudge(rubrics, similarities, {"seed": 1}, lambda place, _answer: told.append(place))

    verdicts = [asyncio.run(judge.verdict(question(kind))) for kind in ("rubric", "similar")]

    assert verdicts == [Verdict(passed=False, found='"Rude."'), Verdict(passed=True, found="0.900 similar")]
    assert rubrics.requests[0].params["seed"] == 1
    assert told == [AT, AT]


def test_what_is_plain_is_not_asked() -> None:
    similarities = ScriptedEndpoint(in_turn())

    verdict = asyncio.run(EndpointJudge(similarities=similarities).verdict(question("similar", " ")))

    assert verdict == Verdict(passed=False, found="an empty reply")


def test_no_endpoint_no_answer_and_no_verdict_are_faults() -> None:
    late = Fault(FaultKind.TIMEOUT, "late")
    judges = [EndpointJudge(), *(EndpointJudge(ScriptedEndpoint(in_turn(each))) for each in (late, "Fine."))]

    found = [asyncio.run(judge.verdict(question("rubric"))) for judge in judges]

    assert found == [
        Fault(FaultKind.INVALID_REQUEST, "nobody judges rubric"),
        late,
        Fault(FaultKind.NOT_A_COMPLETION, "the judge's answer is no verdict"),
    ]
