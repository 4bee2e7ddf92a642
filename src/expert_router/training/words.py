"""Stop words: none, scikit-learn's English list, or the user's file."""

from pathlib import Path

from expert_router.errors import InputError
from expert_router.training.extras import need


def read_stop_words(which: str, analyzer: str) -> tuple[str, ...]:
    """Return the words to leave out, sorted, for ``none``, ``english`` or a file's path."""
    if which == "none":
        return ()
    if analyzer != "word":
        raise InputError(f"--stop-words: {which}: only the word analyser leaves words out")
    if which == "english":
        return tuple(sorted(need("sklearn.feature_extraction.text", "train").ENGLISH_STOP_WORDS))
    return _from_file(Path(which))


def _from_file(path: Path) -> tuple[str, ...]:
    try:
        words = path.read_text("utf-8").lower().split()
    except (OSError, UnicodeDecodeError):
        raise InputError(
            f"--stop-words: {path}: expected none, english or a file, a word a line, in UTF-8"
        ) from None
    return tuple(sorted(set(words)))
