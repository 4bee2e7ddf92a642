"""A wrong config is refused loudly: file, line, key, value, what was expected; all at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from expert_router.config import load_config, parse_config
from expert_router.errors import ConfigError, InputError
from support import environment

GOOD = """
router: {use: fixed, expert: math}
experts:
  - name: math
    replicas: [http://127.0.0.1:9001/v1]
"""


def mistakes(text: str, env: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, name="g.yaml", env=env or {})
    return caught.value.mistakes


def test_the_shortest_config_has_sensible_defaults() -> None:
    config = parse_config(GOOD, name="g.yaml", env={})
    assert config.listen == "127.0.0.1:8080"
    assert config.control == "127.0.0.1:8081"
    assert config.fallback == "math"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("use: fixed", "use: fxed", 2, "'fxed': expected kmeans, fixed, random, round_robin"),
        ("expert: math", "expert: maths", 2, "'maths' is no expert; expected one of math"),
        ("router:", "rooter:", 2, "unknown key; expected one of experts, router"),
        ("name: math", "name: auto", 4, "'auto' is taken"),
        ("name: math", "name: ''", 4, "experts[0].name"),
        ("name: math", "name: [a]", 4, "expected `str`, got `array`"),
        ("http://127", "ftp://127", 5, "expected http://HOST:PORT/v1"),
        (":9001", ":99999", 5, "expected http://HOST:PORT/v1"),
        (
            "[http://127.0.0.1:9001/v1]",
            "['http://h/v1?x=1']",
            5,
            "a user, query or fragment has no meaning here",
        ),
        ("[http://127.0.0.1:9001/v1]", "[]", 5, "expected `array` of length >= 1"),
        ("    replicas:", "    max_in_flight: 0\n    replicas:", 5, "expected `int` >= 1"),
        ("    replicas:", "    replikas: []\n    replicas:", 5, "unknown key"),
        ("    replicas:", "    api_key: ${NO_KEY}\n    replicas:", 5, "${NO_KEY} is not set"),
        ("    replicas:", "    name: law\n    replicas:", 5, "given twice"),
        ("router:", "listen: localhost\nrouter:", 2, "expected host:port"),
        ("router:", "listen: 127.0.0.1:70000\nrouter:", 2, "expected host:port"),
        ("router:", "workers: 4\nrouter:", 2, "workers"),
        ("router:", "default_expert: law\nrouter:", 2, "'law' is no expert"),
        ("router:", "timeouts: {idle_seconds: -1}\nrouter:", 2, "timeouts.idle_seconds: -1"),
    ],
)
def test_a_mistake_names_line_key_and_expectation(
    old: str, new: str, line: int, words: str
) -> None:
    found = mistakes(GOOD.replace(old, new, 1))
    assert any(mistake.startswith(f"g.yaml:{line}: ") and words in mistake for mistake in found), (
        found
    )


def test_all_mistakes_are_told_at_once() -> None:
    text = GOOD.replace("name: math", "nam: math").replace("http:", "ftp:")
    text = text.replace("expert: math", "seed: x, max_distance: 9")
    assert len(mistakes(text)) >= 4


@pytest.mark.parametrize(
    "text", ["", "[]", "3", "{", "a: [1\nb: 2", "x: !!python/object:os.system"]
)
def test_what_is_no_config_is_one_line(text: str) -> None:
    assert mistakes(text)[0].startswith("g.yaml")


def test_a_variable_of_the_environment_is_filled_in_also_as_a_number() -> None:
    text = GOOD.replace("9001", "${PORT}") + "    max_in_flight: ${LIMIT}\n"
    config = parse_config(text, name="g.yaml", env={"PORT": "9009", "LIMIT": "7"})
    assert config.experts[0].replicas == ["http://127.0.0.1:9009/v1"]
    assert config.experts[0].max_in_flight == 7


def test_the_artifact_is_found_beside_the_config(tmp_path: Path) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(GOOD.replace("use: fixed, expert: math", "artifact: ./router"))
    assert load_config(path).router.artifact == str(tmp_path / "router")


def test_a_file_that_is_not_there_or_not_text_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("missing", "binary"):
        with pytest.raises(InputError, match="expected a gateway config"):
            load_config(tmp_path / name)


def command(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "expert_router", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        env=environment(),
        check=False,
    )


def test_validate_tells_each_mistake_on_a_line_and_exits_with_2(tmp_path: Path) -> None:
    path = tmp_path / "g.yaml"
    path.write_text(GOOD.replace("name: math", "nam: math").replace("use: fixed", "use: 3"))
    done = command("validate", "-c", str(path))
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 3
    assert "Traceback" not in done.stderr


def test_validate_says_that_a_good_config_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "g.yaml"
    path.write_text(GOOD)
    done = command("validate", "-c", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "fine" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("use: fixed", "use: no_such.mod:Thing", "cannot be imported"),
        ("use: fixed, expert: math", "artifact: ./nowhere", "nowhere"),
        ("    replicas", "    policy: fastest\n    replicas", "'fastest': expected least_loaded"),
        ("    replicas", "    upstream: carrier\n    replicas", "'carrier': expected openai_http"),
    ],
)
def test_serve_refuses_parts_that_cannot_be_made(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = tmp_path / "g.yaml"
    path.write_text(GOOD.replace(old, new, 1))
    done = command("serve", "-c", str(path))
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_address_in_use_is_one_line(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        path = tmp_path / "g.yaml"
        path.write_text(f"listen: 127.0.0.1:{taken.getsockname()[1]}\n{GOOD}")
        done = command("serve", "-c", str(path))
    assert done.returncode == 2
    assert "listen: cannot listen on 127.0.0.1" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
