"""What a label rests on beside the two replies: expectations, and the noise of both sides."""

from dataclasses import dataclass

from dialogs.encoding import JsonValue
from dialogs.labels import Label
from dialogs.model_text import ModelText


@dataclass(frozen=True, slots=True)
class ExpectationChange:
    """An expectation that is unmet on a side: `label` is `regression`, `fix` or `unmet`.

    `found` is what was found where it did not pass. `place` is where it stands in the scenario file.
    """

    label: Label
    kind: str
    value: JsonValue
    baseline_found: ModelText | None = None
    candidate_found: ModelText | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class NoiseEvidence:
    """How much each side differs from itself at a turn, measured by asking the same request again.

    `resamples` are the further replies of each side. `self_difference` is the share of pairs of the baseline's own
    replies that differ, from 0 to 1, `between_difference` that of pairs of one reply from each side. `p` is the
    permutation test's, `adjusted_p` the one corrected over all turns. `smallest_shift` is the smallest change of a
    reply's share, from 0 to 1, that so many resamples would most probably have shown; None where none would.
    """

    resamples: int
    self_difference: float
    between_difference: float
    p: float
    adjusted_p: float
    smallest_shift: float | None = None
