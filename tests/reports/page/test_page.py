import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest

from builders import dialogue, in_turn, play, reply, transcript
from dialogs.chat import Fault, FaultKind
from dialogs.compare import compare
from dialogs.reports.page import PageOptions, PagePair, page
from dialogs.reports.page.overview import Overview
from dialogs.transcript import ArmRecord, TranscriptError
from pages import Read, compared, page_of, page_text

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "</noscript><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "<!--<script>",
    "{{ 7 * 7 }}{% for x in y %}",
    "javascript:alert(1)",
]


def test_equal_transcripts_give_equal_bytes() -> None:
    played = transcript("talk", "Hello?", "Hi.")

    assert page_of(played) == page_of(played)


def test_a_reader_without_scripts_finds_the_words_of_every_turn() -> None:
    text = Read(page_of(transcript("talk", "Hello?", "Hi.", "And now?", "Good bye."))).text()

    assert all(words in text for words in ("Hello?", "Hi.", "And now?", "Good bye."))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_model_says_brings_no_element_and_no_attribute(hostile: str) -> None:
    harmless = Read(page_of(transcript("talk", "Hello?", "Hi.")))
    read = Read(page_of(transcript("talk", "Hello?", hostile)))

    assert read.elements == harmless.elements
    assert hostile in read.text()


def test_hostile_words_in_every_other_place_bring_no_element_either() -> None:
    harmless, hostile = (
        Read(page_text(PagePair(transcript("talk", word, "Hi.")), title=word)).elements
        for word in ("plain", "</title></style></script><script>alert(1)</script>")
    )

    assert hostile == harmless


def test_the_index_cannot_end_its_element() -> None:
    text = page_of(transcript("talk", "</script><script>alert(1)</script>", "Hi."))
    index = re.search(r'<script type="application/json" id="index">(.*?)</script>', text)

    assert index is not None
    assert json.loads(index[1])["rows"][0][-1] == "</script><script>alert(1)</script>"


def test_the_policy_names_the_style_and_the_program_of_the_page_and_allows_nothing_else() -> None:
    text = page_of(transcript("talk", "Hello?", "Hi."))
    policy = next(attributes["content"] for _, attributes in Read(text).elements if attributes.get("http-equiv"))
    hashes = [
        b64encode(sha256(re.search(pattern, text, re.DOTALL)[1].encode()).digest()).decode()  # type: ignore[index]
        for pattern in (r"<style>(.*?)</style>", r"<script>(.*?)</script>")
    ]

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_what_cannot_be_seen_is_written_out() -> None:
    read = Read(page_of(transcript("talk", "Hello?", "pay\u202etxt\x1b[31m\ud800\x00")))

    assert read.texts["span"][-4:] == ["\\u202e", "\\x1b", "\\ud800", "\\x00"]
    assert "\u202e" not in read.text()


def test_a_long_text_is_folded() -> None:
    text = page_of(transcript("talk", "Hello?", "x" * 1_000_000))

    assert "<summary>1,000,000 characters</summary>" in text


def test_both_sides_of_a_changed_turn_stand_beside_each_other_with_their_words_marked() -> None:
    before = transcript("talk", "Opening hours?", "We are open from nine to five on weekdays.")
    after = transcript("talk", "Opening hours?", "We are open from ten to five on weekdays.")
    read = Read(page_text(compared(before, after)))

    assert [text.strip() for text in read.texts["del"]] == ["nine"]
    assert [text.strip() for text in read.texts["ins"]] == ["ten"]


def test_turns_that_may_follow_from_an_earlier_change_are_folded() -> None:
    before = transcript("talk", "One?", "1", "Two?", "2")
    after = transcript("talk", "One?", "I", "Two?", "II")

    assert "<summary>1 turn unattributed: an earlier turn differs</summary>" in page_text(compared(before, after))


def test_a_dialogue_that_failed_says_why() -> None:
    fault = Fault(FaultKind.RATE_LIMITED, "too many <b>requests</b>", status=429)
    failed, _ = play(dialogue("Hello?"), in_turn(fault))

    assert "turn 1 failed: rate_limited, HTTP 429: too many <b>requests</b>" in Read(page_of(failed)).text()


def test_tool_calls_and_refusals_are_shown() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": '{"id":17}'}}
    played, _ = play(
        dialogue("Where is it?"), in_turn(reply(None, "tool_calls", tool_calls=[call], refusal="I may not"))
    )
    text = Read(page_of(played)).text()

    assert 'look_up {"id":17}' in text
    assert "I may not" in text


def test_a_dialogue_of_one_side_alone_is_shown_as_such() -> None:
    only = transcript("talk", "Hello?", "Hi.")
    missing = next(
        iter(compare([only, transcript("other", "Hello?", "Hi.")], [transcript("other", "Hello?", "Hi.")]).dialogues)
    )
    text = Read(page_text(PagePair(None, only, missing))).text()

    assert "candidate: has no such dialogue" in text


def test_what_was_asked_beside_is_folded_below_its_turn() -> None:
    played = transcript("talk", "Hello?", "Hi.")
    again = ArmRecord(messages=({"role": "assistant", "content": "Hey <b>you</b>."},))
    late = ArmRecord(error=TranscriptError(1, "timeout", "late"))
    turn = replace(played.turns[0], pinned=again, confirmations=(again, late), resamples=(again,))
    page = page_of(replace(played, turns=(turn,)))

    assert "<summary>1 reply on the baseline&#x27;s history, 2 confirmations, 1 resample</summary>" in page
    assert Read(page).text().count("Hey <b>you</b>.") == 3
    assert "turn 1 failed: timeout: late" in page


def test_the_result_of_a_tool_names_its_call() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
    played = transcript("talk", "Where is it?", "On its way.")
    user, last = played.messages
    asks, result = reply(None, tool_calls=[call]).message, {"role": "tool", "tool_call_id": "c1", "content": "{}"}
    page = page_of(replace(played, messages=(user, asks, result, last)))

    assert "<b>tool</b> · look_up · c1" in page


def test_the_costs_are_added_where_they_are_known() -> None:
    dear = [replace(transcript(name, "Hello?", "Hi."), cost_usd=0.25) for name in ("one", "two")]

    assert "<b>$0.5000</b>" in page_of(*dear, transcript("free", "Hello?", "Hi."))
    assert "<b>$" not in page_of(transcript("free", "Hello?", "Hi."))


def test_what_went_in_differently_stands_at_its_dialogue_too() -> None:
    before = transcript("talk", "Hello?", "Hi.")
    page = page_text(compared(replace(before, params={"temperature": 0}), replace(before, params={"temperature": 1})))

    assert page.count("parameter temperature") == 2


def test_a_choice_of_one_is_no_filter() -> None:
    ids = [attributes.get("id") for tag, attributes in Read(page_of(transcript("talk", "Hello?", "Hi."))).elements]

    assert not {"by-model", "by-outcome", "by-scenario"} & set(ids)


def test_the_page_of_a_review_may_ask_its_own_server_and_nothing_else() -> None:
    options = PageOptions("review", review={"revision": 1, "choices": [["accept", "</script>"]]})
    text = "".join(page([PagePair(transcript("talk", "Hello?", "Hi."))], options))
    policy = next(attributes["content"] for _, attributes in Read(text).elements if attributes.get("http-equiv"))

    assert policy is not None
    assert "connect-src 'self'; base-uri 'none'" in policy
    assert policy.count("'sha256-") == 3
    assert r"\u003c/script>" in text


def test_a_comparison_counts_the_labels_of_each_model_and_scenario() -> None:
    overview = Overview()
    for sample, said in enumerate(["Hi.", "Good day."]):
        before = replace(transcript("talk", "Hello?", "Hi."), sample=sample)
        overview.add(compared(before, replace(transcript("talk", "Hello?", said), sample=sample)))

    tables = {table.title: (table.heads, table.rows) for table in overview.tables}
    assert tables["Dialogues by model"] == (("model", "same", "changed"), (("scripted", "1", "1"),))
    assert tables["Dialogues by scenario"] == (("scenario", "same", "changed"), (("talk", "1", "1"),))


def test_scenarios_of_one_dialogue_each_have_no_table_of_their_own() -> None:
    assert "Dialogues by scenario" not in page_of(
        transcript("one", "Hello?", "Hi."), transcript("two", "Hello?", "Hi.")
    )


def test_one_of_something_is_told_in_the_singular_and_no_cost_where_there_is_none() -> None:
    figures = Overview()
    figures.add(PagePair(replace(transcript("talk", "Hello?", "Hi."), cost_usd=0.0)))

    assert [figure.name for figure in figures.figures][:2] == ["dialogue", "turn asked"]
    assert "cost" not in [figure.name for figure in figures.figures]
