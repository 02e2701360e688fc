"""Lets each n-th call on a run's files fail, once and for ever, and says what became of the run. Needs strace.

python bench/failing_calls.py [MOST]       # n from 1 to MOST (12)
"""

import collections
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from crashing import TURNS, undisturbed
from failing_calls import CALLS, DIALOGUES, Aftermath, Failure, fail


def main(most: int) -> int:
    print(f"{DIALOGUES} dialogues x {TURNS} turns; call n of 1 to {most} fails, once and for ever\n", flush=True)
    print("| call | error | runs | exit 0: not reached or mended | exit 3 | wrong |")
    print("|---|---|---|---|---|---|", flush=True)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder, undisturbed(Path(folder, "undisturbed"), DIALOGUES) as expected:
        for call in CALLS:
            for error in ("ENOSPC", "EIO"):
                failures = [Failure(call, error, n, lasts) for n in range(1, most + 1) for lasts in (False, True)]
                results = [fail(Path(folder, str(failure)), expected, failure) for failure in failures]
                print(row(call, error, results), flush=True)
                wrong += [
                    f"{each}: {text}" for each, result in zip(failures, results, strict=True) for text in result.wrong
                ]
    print("\n".join(wrong))
    return bool(wrong)


def row(call: str, error: str, results: list[Aftermath]) -> str:
    codes = collections.Counter(result.code for result in results)
    cells = [call, error, len(results), codes[0], codes[3], sum(bool(result.wrong) for result in results)]
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 12))
