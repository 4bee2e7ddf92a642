"""`train`, `route`, `inspect` as a user meets them: output, JSON, exit codes, one-line errors."""

import json
import subprocess
import sys

import pytest

from expert_router.cli import run
from expert_router.routing import load_artifact
from prompts import made_up, write_jsonl


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_jsonl(tmp_path_factory.mktemp("corpus") / "prompts.jsonl", made_up(300))


@pytest.fixture(scope="module")
def router(corpus):
    target = corpus.parent / "router"
    assert run(["train", str(corpus), "-o", str(target), "-k", "8"]) == 0
    return target


def told(capsys, *arguments):
    code = run([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_train_says_what_it_made(capsys, corpus, tmp_path):
    code, out, _ = told(capsys, "train", corpus, "-o", tmp_path / "r", "-k", 8)
    assert code == 0
    assert "300 prompts" in out
    assert all(name in out for name in ("sql", "maths", "law", "cooking"))


def test_train_counts_the_bad_lines_it_skipped(capsys, corpus, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text(corpus.read_text() + "nonsense\n{}\n")
    code, out, err = told(capsys, "train", bad, "-o", tmp_path / "r", "-k", 8)
    assert (code, len(err.splitlines())) == (2, 1)
    assert "bad.jsonl:301: not JSON" in err
    code, out, _ = told(capsys, "train", bad, "-o", tmp_path / "r", "-k", 8, "--skip-bad", "--json")
    found = json.loads(out)
    assert (code, found["skipped"], found["prompts"]) == (0, 2, 300)
    assert "bad.jsonl:301" in found["first_bad"]


def test_train_reads_stdin(corpus, tmp_path):
    command = [sys.executable, "-m", "expert_router", "train", "-", "-k", "4"]
    done = subprocess.run(
        [*command, "-o", str(tmp_path / "r"), "--json"],
        stdin=corpus.open("rb"),
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["prompts"] == 300


def test_route_says_which_expert_and_why(capsys, router):
    code, out, _ = told(capsys, "route", "-r", router, "select table join query")
    assert code == 0
    for word in ("expert     sql", "cluster", "query", "distance", "runner-up", "µs"):
        assert word in out


def test_route_prints_json_for_scripts(capsys, router):
    code, out, _ = told(capsys, "route", "-r", router, "select table join query", "--json")
    found = json.loads(out)
    assert (code, found["expert"]) == (0, "sql")
    assert found["runner_up"] != "sql"
    assert found["decision_us"] > 0
    assert found["terms"]


def test_route_of_nothing_goes_to_the_default_expert(capsys, router):
    code, out, _ = told(capsys, "route", "-r", router, "", "--default-expert", "general")
    assert code == 0
    assert "general" in out
    assert "no known word" in out


def test_inspect_shows_clusters_terms_and_prompts(capsys, router):
    code, out, _ = told(capsys, "inspect", router)
    assert code == 0
    assert "300 prompts, 8 clusters (plain, seed 0), 4 experts" in out
    code, out, _ = told(capsys, "inspect", router, "--json", "--prompts", 3)
    clusters = json.loads(out)["clusters"]
    assert code == 0
    assert [len(cluster["prompts"]) for cluster in clusters] == [3] * 8


def test_inspect_draws_the_prompt_map(capsys, router, tmp_path):
    target = tmp_path / "map.png"
    code, _, _ = told(capsys, "inspect", router, "--plot", target)
    assert code == 0
    assert target.read_bytes().startswith(b"\x89PNG")


def test_clusters_are_named_afterwards_without_training(capsys, router, tmp_path):
    names = tmp_path / "assign.yaml"
    names.write_text("mine: [0, 5]\n")
    target = tmp_path / "named"
    code, _, _ = told(capsys, "train", "--from", router, "--assign", names, "-o", target)
    assert code == 0
    before, after = load_artifact(router), load_artifact(target)
    assert after.assignment == {**before.assignment, 0: "mine", 5: "mine"}
    assert after.embedder.fingerprint == before.embedder.fingerprint


def test_clusters_are_named_while_training(capsys, corpus, tmp_path):
    names = tmp_path / "assign.yaml"
    names.write_text("mine: [2]\n")
    target = tmp_path / "r"
    told(capsys, "train", corpus, "-o", target, "-k", 4, "--assign", names)
    assert load_artifact(target).assignment[2] == "mine"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["train", "CORPUS"], "-o DIR"),
        (["train", "-o", "OUT"], "PROMPTS"),
        (["train", "nothing.jsonl", "-o", "OUT"], "nothing.jsonl: cannot be read"),
        (["train", "CORPUS", "-o", "OUT", "-k", "301"], "300 prompts are too few for 301 clusters"),
        (["train", "CORPUS", "-o", "OUT", "-k", "x"], "-k"),
        (["train", "CORPUS", "-o", "OUT", "--ngrams", "3-1"], "--ngrams: 3-1"),
        (["train", "CORPUS", "-o", "OUT", "--max-share", "0.5"], "--max-share"),
        (["train", "CORPUS", "-o", "OUT", "--stop-words", "nothing"], "--stop-words: nothing"),
        (["train", "CORPUS", "-o", "OUT", "--min-df", "0"], "--min-df"),
        (["train", "CORPUS", "-o", "OUT", "--max-chars", "5"], "--max-chars"),
        (["train", "CORPUS", "-o", "OUT", "--dimensions", "0"], "--dimensions"),
        (["train", "CORPUS", "-o", "CORPUS"], "is a file"),
        (["train", "--from", "ROUTER", "-o", "OUT"], "--assign"),
        (["train", "CORPUS", "--from", "ROUTER"], "--from"),
        (["route", "-r", "OUT", "x"], "no such router artifact"),
        (["inspect", "OUT"], "no such router artifact"),
        (["inspect", "ROUTER", "--plot", "map.bmp"], "--plot: map.bmp"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    capsys, corpus, router, tmp_path, arguments, expected
):
    places = {"CORPUS": str(corpus), "ROUTER": str(router), "OUT": str(tmp_path / "out")}
    code, _, err = told(capsys, *(places.get(a, a) for a in arguments))
    assert code == 2
    assert expected in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_map_without_samples_is_refused(capsys, corpus, tmp_path):
    told(capsys, "train", corpus, "-o", tmp_path / "r", "-k", 4, "--no-samples")
    code, _, err = told(capsys, "inspect", tmp_path / "r", "--plot", tmp_path / "map.png")
    assert code == 2
    assert "--no-samples" in err


@pytest.mark.parametrize("command", ["train", "route", "inspect"])
def test_every_help_shows_an_example(capsys, command):
    code, out, _ = told(capsys, command, "--help")
    assert code == 0
    assert f"expert-router {command} " in out


def test_the_program_starts_without_heavy_imports():
    script = (
        "import sys\nfrom expert_router.cli import run\nrun(['--help'])\n"
        "heavy = {'numpy', 'sklearn', 'scipy', 'matplotlib', 'rich.progress'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_pipe_gets_plain_lines(capsys, monkeypatch):
    from expert_router.cli import progress

    monkeypatch.setattr(progress, "QUIET_SECONDS", -1.0)
    monkeypatch.setattr(progress, "LINE_SECONDS", -1.0)
    with progress.PhaseProgress() as listener:
        listener.update("clustering", 0, None)
        listener._begun -= 2
        listener.update("clustering", 50, 200, 1000)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "clustering"
    assert lines[1].startswith("clustering 25% 1,000 prompts, ")
