"""Carries out `dialogs accept`: reads both files under a lock, and writes the new baseline whole."""

import sys
from contextlib import ExitStack
from pathlib import Path

from dialogs.baseline_lock import locked_folder, state_of
from dialogs.cli.baseline_writing import Writing, check_files, open_baseline
from dialogs.cli.choosing import Wish, choose
from dialogs.cli.comparing import compare_transcripts
from dialogs.errors import BaselineChangedError, IncompleteError, NothingSelectedError
from dialogs.indexed_transcripts import IndexedTranscripts, open_transcripts
from dialogs.journal.files import make_folder


def accept(candidate_path: Path, baseline_path: Path, wish: Wish) -> int:
    """Compare, choose and write; return the exit code.

    Raises:
        WrongUseError: the files cannot be what they are to be.
        NothingSelectedError: no dialogue has an id that was selected, or the candidate has none.
        IncompleteError: the baseline could not be written, or was changed meanwhile; it is as it was.
    """
    check_files(candidate_path, baseline_path, wish)
    path = baseline_path.resolve()
    try:
        make_folder(path.parent)
        with (
            locked_folder(path.parent, lambda: _say(f"{path.parent}: waiting for another accept")),
            ExitStack() as files,
        ):
            state = state_of(path)
            candidate = IndexedTranscripts(open_transcripts(candidate_path, files), str(candidate_path))
            baseline = IndexedTranscripts(open_baseline(path, files), str(baseline_path))
            if not candidate.lines:
                raise NothingSelectedError(f"{candidate_path}: no dialogue in this file to accept")
            comparison = compare_transcripts(baseline, candidate, wish.sameness, wish.configuration, wish.meaning)
            chosen = choose(comparison, candidate, baseline, wish)
            writing = Writing(baseline, candidate, chosen, wish)
            if writing.is_needed:
                if state_of(path) != state:
                    raise BaselineChangedError(f"{baseline_path} was changed meanwhile, and is left so; run it again")
                writing.write(path)
            return writing.report(baseline_path)
    except OSError as error:
        raise IncompleteError(f"{baseline_path}: {error.strerror}; the baseline is as it was") from None


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
