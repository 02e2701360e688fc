from collections import Counter

import pytest

from dialogs.cluster.manifests import Manifest
from dialogs.errors import UnreadableTranscriptError
from dialogs.tally import Tally, UnmetGroup
from dialogs.transcript import ExpectationRecord, Outcome

UNMET = ExpectationRecord("contains", "receipt", passed=False, found="Yes.", place="a.yaml:3:5")
TALLY = Tally(
    outcomes=Counter({Outcome.COMPLETED: 3, Outcome.UNMET: 1}),
    expectations=Counter({True: 3, False: 1, None: 2}),
    slow=1,
    unmet={("a.yaml:3:5", "contains"): UnmetGroup("a@m#0", 2, UNMET, 1)},
)


def test_a_manifest_is_read_as_it_was_written() -> None:
    manifest = Manifest(12, "ab", 4, "settings", TALLY)

    assert Manifest.read(manifest.encoded(), "1-of-2.jsonl.manifest") == manifest


@pytest.mark.parametrize(
    ("outcomes", "is_whole"),
    [
        ({Outcome.COMPLETED: 3, Outcome.UNMET: 1}, True),
        ({Outcome.COMPLETED: 3}, False),
        ({Outcome.COMPLETED: 3, Outcome.ERROR: 1}, False),
        ({Outcome.COMPLETED: 3, Outcome.INTERRUPTED: 1}, False),
    ],
)
def test_a_part_is_whole_when_every_dialogue_has_come_to_its_end(
    outcomes: dict[Outcome, int], is_whole: object
) -> None:
    assert Manifest(0, "", 4, "", Tally(outcomes=Counter(outcomes))).is_whole is is_whole


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "a: "),
        (b"[]", "wanted the manifest of a part"),
        (b'{"format": 2}', "a is of a newer format; upgrade dialogs-cli"),
        (b'{"format": 1, "size": 1}', '"sha256" is missing; wanted text'),
        (b'{"format":1,"size":1,"sha256":"","planned":1,"settings":"","outcomes":{"odd":1},"slow":0}', "odd"),
    ],
)
def test_what_is_no_manifest_is_said_to_be_none(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableTranscriptError, match=message):
        Manifest.read(data, "a")
