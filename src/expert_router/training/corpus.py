"""Reading prompts, one line at a time: JSONL (``prompt`` or OpenAI ``messages``) or plain text."""

import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, TypeAlias

import msgspec

from expert_router.errors import InputError
from expert_router.routing.chat import Message, user_turns

Format: TypeAlias = Literal["auto", "jsonl", "text"]

_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".txt": "text",
}


class Prompt(NamedTuple):
    """One training prompt and, where the line has one, the expert it belongs to."""

    text: str
    label: str | None


class _Line(msgspec.Struct):
    prompt: str | None = None
    messages: list[Message] | None = None
    expert: str | None = None
    domain: str | None = None


class _BadLineError(Exception):
    """What is wrong with a line, without its place."""


class PromptReader:
    """Iterate once over the prompts of a file (``-``: stdin), plain or gzip.

    A line that is not JSON, not UTF-8 or holds no prompt raises InputError naming file and line;
    with ``skip_bad`` it is counted in ``skipped`` and the first is kept in ``first_bad``. Blank
    lines are passed over. gzip is known by its first bytes, whatever the file is called.
    """

    def __init__(self, path: Path | str, form: Format = "auto", skip_bad: bool = False) -> None:
        self.name = "stdin" if str(path) == "-" else str(path)
        self.size: int | None = None  # bytes on disk, for a progress bar
        self.skipped = 0
        self.first_bad: str | None = None
        self._path = Path(path)
        self._form = form
        self._skip_bad = skip_bad
        self._raw: BinaryIO | None = None

    @property
    def position(self) -> int:
        """Bytes of the file taken so far."""
        return self._raw.tell() if self._raw and self.size is not None else 0

    def __iter__(self) -> Iterator[Prompt]:
        with self._open() as raw:
            self._raw = raw
            yield from self._prompts(raw)
        self._raw = None

    def _open(self) -> BinaryIO:
        if self.name == "stdin":
            return io.BufferedReader(io.FileIO(sys.stdin.fileno(), closefd=False))
        try:
            self.size = self._path.stat().st_size
            return self._path.open("rb")
        except OSError as error:
            raise InputError(f"{self.name}: cannot be read: {error.strerror or error}") from None

    def _prompts(self, raw: BinaryIO) -> Iterator[Prompt]:
        form = self._form
        number = 0
        for number, line in self._lines(raw):
            if not line or line.isspace():
                continue
            if form == "auto":
                form = guess_format(self._path, line)
            try:
                yield _parse_json(line) if form == "jsonl" else _parse_text(line)
            except _BadLineError as error:
                self._bad(f"{self.name}:{number}: {error}")

    def _lines(self, raw: BinaryIO) -> Iterator[tuple[int, bytes]]:
        number = 0
        try:
            for number, line in enumerate(_unpacked(raw), start=1):
                yield number, line.removeprefix(_BOM) if number == 1 else line
        except (OSError, EOFError, zlib.error) as error:
            # A broken gzip stream has no next line to go on with: an error, also with skip_bad.
            raise InputError(f"{self.name}:{number + 1}: cannot be read on: {error}") from None

    def _bad(self, message: str) -> None:
        if not self._skip_bad:
            raise InputError(f"{message} (--skip-bad leaves such lines out)")
        self.skipped += 1
        self.first_bad = self.first_bad or message


def guess_format(path: Path, first_line: bytes) -> Format:
    """Return "jsonl" or "text" by the file's name, else by whether its first line opens a brace."""
    suffixes = [suffix for suffix in path.suffixes if suffix != ".gz"]
    known = _SUFFIXES.get(suffixes[-1].lower()) if suffixes else None
    if known:
        return known
    return "jsonl" if first_line.lstrip().startswith(b"{") else "text"


def _unpacked(raw: BinaryIO) -> BinaryIO:
    peek = raw.peek(2) if isinstance(raw, io.BufferedReader) else b""
    return gzip.GzipFile(fileobj=raw) if peek.startswith(_GZIP_MAGIC) else raw  # type: ignore[return-value]


def _parse_text(line: bytes) -> Prompt:
    try:
        return Prompt(line.decode().strip(), None)
    except UnicodeDecodeError as error:
        raise _BadLineError(f"not UTF-8 at byte {error.start + 1}") from None


def _parse_json(line: bytes) -> Prompt:
    fields = _decode(line)
    text = fields.prompt
    if text is None and fields.messages is not None:
        text = "\n".join(user_turns(fields.messages))
    if text is None or not text.strip():
        raise _BadLineError("no prompt (a `prompt` string or `messages` with text is expected)")
    return Prompt(text, fields.expert or fields.domain)


_DECODER = msgspec.json.Decoder(_Line)


def _decode(line: bytes) -> _Line:
    try:
        return _DECODER.decode(line)
    except UnicodeDecodeError as error:
        raise _BadLineError(f"not UTF-8 at byte {error.start + 1}") from None
    except msgspec.ValidationError as error:
        raise _BadLineError(str(error)) from None
    except msgspec.DecodeError:
        return _decode_slowly(line)


def _decode_slowly(line: bytes) -> _Line:
    # msgspec refuses lone surrogates ("\ud83d", half an emoji that a client cut in two); they are
    # lawful JSON and no reason to lose a prompt. The standard library reads them.
    try:
        value: Any = json.loads(line)
        clean = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        return _DECODER.decode(clean)
    except UnicodeDecodeError as error:
        raise _BadLineError(f"not UTF-8 at byte {error.start + 1}") from None
    except msgspec.ValidationError as error:
        raise _BadLineError(str(error)) from None
    except ValueError as error:
        raise _BadLineError(f"not JSON: {error}") from None
