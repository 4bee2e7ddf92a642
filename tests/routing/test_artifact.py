"""An artifact that is not whole, not ours or not of our time is refused in one clear line."""

import json
import shutil

import numpy as np
import pytest

from expert_router.errors import ArtifactError
from expert_router.routing import KMeansRouter, load_artifact, save_artifact
from expert_router.routing.folders import replaced_folder
from expert_router.routing.manifest import decode_manifest, encode_manifest

FILES = ("manifest.json", "router.safetensors", "samples.safetensors")


@pytest.fixture
def folder(artifact, tmp_path):
    save_artifact(artifact, tmp_path / "router")
    return tmp_path / "router"


def refusal(folder):
    with pytest.raises(ArtifactError) as caught:
        load_artifact(folder)
    line = str(caught.value)
    assert "\n" not in line
    assert str(folder) in line
    return line


def test_what_is_saved_is_what_is_loaded(artifact, folder):
    loaded = load_artifact(folder)
    assert loaded.embedder.fingerprint == artifact.embedder.fingerprint
    assert loaded.manifest.clusters == artifact.manifest.clusters
    assert np.array_equal(loaded.centroids, artifact.centroids)
    assert loaded.samples.snippets == artifact.samples.snippets
    text = ("select table join query",)
    ours, theirs = (KMeansRouter(a, None, "d").route(text) for a in (artifact, loaded))
    assert ours == theirs


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("keep", [0, 0.5, -1])
def test_a_truncated_file_is_refused(folder, name, keep):
    path = folder / name
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)] if keep >= 0 else data[:-2])
    refusal(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("where", [0.02, 0.3, 0.6, 0.95])
def test_a_flipped_bit_is_refused(folder, name, where):
    path = folder / name
    data = bytearray(path.read_bytes())
    at = int(len(data) * where)
    while chr(data[at]).isspace():  # between JSON's fields a blank says nothing
        at += 1
    data[at] ^= 1
    path.write_bytes(data)
    refusal(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_by_name(folder, name):
    (folder / name).unlink()
    assert f"{name}: missing" in refusal(folder)


def test_a_missing_folder_is_refused(tmp_path):
    assert "no such router artifact" in refusal(tmp_path / "nothing")


def test_a_file_of_another_artifact_is_refused(folder, artifact, tmp_path):
    other = tmp_path / "other"
    save_artifact(
        type(artifact)(artifact.manifest, artifact.embedder, artifact.centroids * 2), other
    )
    shutil.copy(other / FILES[1], folder / FILES[1])
    assert "SHA-256" in refusal(folder)


def rewrite(folder, **fields):
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, **fields}))


def test_a_newer_format_is_refused_with_what_to_do(folder):
    rewrite(folder, format_version=2, something_new=True)
    assert "format_version 2 is newer than this program reads (1)" in refusal(folder)


@pytest.mark.parametrize("form", ["bert", None, 5])
def test_a_foreign_folder_is_refused(folder, form):
    rewrite(folder, format=form)
    refusal(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json", "\ufeff{}", '{"format": "x"}'])
def test_a_manifest_that_is_none_is_refused(folder, text):
    (folder / "manifest.json").write_text(text)
    refusal(folder)


def test_a_manifest_edited_by_hand_is_refused(folder):
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"sql"', '"sqlx"'))
    assert "changed after it was written" in refusal(folder)


def test_parts_that_do_not_fit_are_refused(artifact, tmp_path):
    wrong = type(artifact)(artifact.manifest, artifact.embedder, artifact.centroids[:3])
    save_artifact(wrong, tmp_path / "wrong")
    assert "do not fit together" in refusal(tmp_path / "wrong")


def test_saving_over_an_artifact_replaces_it_whole(artifact, folder):
    (folder / "left.over").write_text("x")
    bare = type(artifact)(artifact.manifest, artifact.embedder, artifact.centroids)
    save_artifact(bare, folder)
    assert sorted(p.name for p in folder.iterdir()) == ["manifest.json", "router.safetensors"]
    assert [p.name for p in folder.parent.iterdir()] == ["router"]


def test_saving_never_overwrites_what_is_no_artifact(artifact, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ArtifactError, match="holds other files"):
        save_artifact(artifact, tmp_path)
    with pytest.raises(ArtifactError, match="is a file"):
        save_artifact(artifact, tmp_path / "thesis.tex")
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_failure_while_writing_leaves_the_old_one_and_nothing_else(folder):
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    with pytest.raises(KeyboardInterrupt), replaced_folder(folder) as fresh:
        (fresh / "half").write_text("x")
        raise KeyboardInterrupt
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert [p.name for p in folder.parent.iterdir()] == ["router"]


def test_without_an_exchange_of_folders_the_swap_still_works(artifact, folder, monkeypatch):
    monkeypatch.setattr("expert_router.routing.folders._exchange", lambda a, b: False)
    save_artifact(artifact, folder)
    load_artifact(folder)
    assert [p.name for p in folder.parent.iterdir()] == ["router"]


def test_leftovers_of_killed_runs_are_removed_and_of_living_ones_kept(artifact, folder):
    dead = folder.parent / ".router.4194305.abcd.tmp"  # above Linux's largest process id
    living = folder.parent / ".router.1.abcd.tmp"
    dead.mkdir()
    living.mkdir()
    save_artifact(artifact, folder)
    assert not dead.exists()
    assert living.exists()


def test_the_manifest_survives_its_own_encoding(artifact):
    raw = encode_manifest(artifact.manifest)
    assert encode_manifest(decode_manifest(raw, "here")) == raw
