"""Kills runs of 100 dialogues at random moments, resumes them, and counts what was lost or bought twice.

python bench/crashes.py [KILLS] [SEED]
"""

import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from crashing import CONCURRENCY, TURNS, Damage, crash, undisturbed

DIALOGUES = 100


def main(kills: int, seed: int) -> int:
    print(f"{DIALOGUES} dialogues x {TURNS} turns, -j {CONCURRENCY}, {kills} kills from seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder, undisturbed(Path(folder, "undisturbed"), DIALOGUES) as expected:
        singles = [crash(Path(folder, f"{n}"), DIALOGUES, expected, seed=seed + n) for n in range(kills)]
        doubles = [
            crash(Path(folder, f"r{n}"), DIALOGUES, expected, seed=seed + n, kills=3) for n in range(kills // 10)
        ]
    print("| | runs | finished turns lost | requests sent twice: median, most | outputs that differ |")
    print("|---|---|---|---|---|")
    print(row("killed once", singles))
    print(row("killed, and two resumes killed", doubles))
    wrong = [text for damage in singles + doubles for text in damage.wrong]
    print("\n".join(wrong))
    return 1 if wrong or any(damage.lost for damage in singles + doubles) else 0


def row(name: str, damages: Sequence[Damage]) -> str:
    repeated = [damage.repeated for damage in damages]
    cells = [name, len(damages), sum(damage.lost for damage in damages)]
    cells += [f"{statistics.median(repeated):g}, {max(repeated)}", sum(bool(damage.wrong) for damage in damages)]
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(arguments + [200, 1][len(arguments) :])))
