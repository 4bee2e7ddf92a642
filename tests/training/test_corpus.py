"""Reading prompts: every shape that is promised, and every bad line told by file and line."""

import gzip
import json

import pytest

from expert_router.errors import InputError
from expert_router.training import Prompt, PromptReader

GOOD = b'{"prompt": "a b"}\n'


def read(tmp_path, data, name="prompts.jsonl", **options):
    path = tmp_path / name
    path.write_bytes(data)
    reader = PromptReader(path, **options)
    return list(reader), reader


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"prompt": "a", "expert": "e", "domain": "d"}, Prompt("a", "e")),
        ({"prompt": "a", "domain": "d", "scores": {"m": 1}}, Prompt("a", "d")),
        ({"prompt": " a\nb "}, Prompt(" a\nb ", None)),
        ({"messages": [{"role": "user", "content": "a"}]}, Prompt("a", None)),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]},
            Prompt("a", None),
        ),
        ({"prompt": "cut emoji \ud83d"}, Prompt("cut emoji ?", None)),
    ],
)
def test_a_line_of_json_is_a_prompt(tmp_path, line, expected):
    prompts, _ = read(tmp_path, json.dumps(line).encode())
    assert prompts == [expected]


def test_plain_text_is_a_prompt_a_line(tmp_path):
    prompts, _ = read(tmp_path, "one\n\n  \ntwo é\r\n{three}".encode(), "prompts.txt")
    assert [p.text for p in prompts] == ["one", "two é", "{three}"]


def test_an_unknown_name_is_guessed_by_the_first_line(tmp_path):
    assert read(tmp_path, GOOD, "prompts")[0] == [Prompt("a b", None)]
    assert read(tmp_path, b"a b\n", "prompts")[0] == [Prompt("a b", None)]
    assert read(tmp_path, GOOD, "p.txt", form="jsonl")[0] == [Prompt("a b", None)]


@pytest.mark.parametrize("name", ["p.jsonl.gz", "p.jsonl"])
def test_gzip_is_known_by_its_bytes(tmp_path, name):
    assert read(tmp_path, gzip.compress(GOOD * 3), name)[0] == [Prompt("a b", None)] * 3


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path):
    assert read(tmp_path, b"\xef\xbb\xbf" + GOOD)[0] == [Prompt("a b", None)]


BAD = {
    "not JSON": b"nonsense\n",
    "cut off": b'{"prompt": "a\n',
    "no prompt": b'{"text": "a"}\n',
    "blank prompt": b'{"prompt": " \\n"}\n',
    "no object": b'["a"]\n',
    "prompt of another type": b'{"prompt": 5}\n',
    "label of another type": b'{"prompt": "a", "domain": 5}\n',
    "messages without text": b'{"messages": []}\n',
    "not UTF-8": b'{"prompt": "\xff\xfe"}\n',
    "null bytes": b"\x00\x00\n",
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_line_is_an_error_naming_file_and_line(tmp_path, kind):
    with pytest.raises(InputError, match=r"prompts\.jsonl:3: ") as caught:
        read(tmp_path, GOOD + b"\n" + BAD[kind] + GOOD)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_line_is_counted_when_it_may_be_skipped(tmp_path, kind):
    prompts, reader = read(tmp_path, GOOD + BAD[kind] + GOOD, skip_bad=True)
    assert len(prompts) == 2
    assert reader.skipped == 1
    assert "prompts.jsonl:2: " in reader.first_bad


def test_text_that_is_not_utf8_is_an_error_naming_file_and_line(tmp_path):
    with pytest.raises(InputError, match=r"p\.txt:2: not UTF-8 at byte 2"):
        read(tmp_path, b"fine\na\xff\n", "p.txt")


@pytest.mark.parametrize("skip_bad", [False, True])
def test_a_truncated_gzip_is_an_error_even_when_bad_lines_are_skipped(tmp_path, skip_bad):
    data = gzip.compress(b"".join(b'{"prompt": "a %d"}\n' % i for i in range(5000)))
    with pytest.raises(InputError, match=r"p\.jsonl\.gz:\d+: cannot be read on"):
        read(tmp_path, data[: len(data) // 2], "p.jsonl.gz", skip_bad=skip_bad)


def test_a_missing_file_and_a_folder_are_errors(tmp_path):
    for path in (tmp_path / "nothing.jsonl", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            list(PromptReader(path))
