"""Clusters to experts: by the labels' majority, or as the user's file says."""

import numpy as np
import pytest

from expert_router.errors import InputError
from expert_router.training.assign import Owner, owners, read_assignment


def test_the_majority_of_a_clusters_labels_owns_it():
    clusters = np.array([0, 0, 0, 1, 1, 2, -1])
    labels = np.array([0, 1, 1, 0, -1, -1, 0], dtype=np.int32)
    assert owners(clusters, labels, ["law", "sql"], 3) == [
        Owner("sql", 2 / 3),
        Owner("law", 1.0),
        Owner("cluster-2"),
    ]


def test_a_tie_goes_to_the_first_in_the_alphabet():
    clusters, labels = np.array([0, 0]), np.array([0, 1], dtype=np.int32)
    assert owners(clusters, labels, ["sql", "law"], 1) == [Owner("law", 0.5)]


def read(tmp_path, text):
    path = tmp_path / "assign.yaml"
    path.write_text(text, encoding="utf-8")
    return read_assignment(path, 4)


def test_a_file_names_the_owners(tmp_path):
    assert read(tmp_path, "math: [0, 3]\nlaw: [1]\n") == {0: "math", 3: "math", 1: "law"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "expected lines such as"),
        ("[0, 1]", "expected lines such as"),
        ("math: [0", "not YAML"),
        ("math: 0", "math: 0: expected a list"),
        ("math: []", "expected a list"),
        ("math: [x]", "'x': expected the number"),
        ("math: [true]", "True: expected the number"),
        ("math: [4]", "4: no such cluster (0 to 3)"),
        ("math: [-1]", "-1: no such cluster"),
        ("math: [0]\nlaw: [0]", "law: 0: already given to math"),
        ("math: [0]\nmath: [1]", "'math' stands twice"),
        ("0: [math]", "0: an expert's name must be text"),
        ("no: [1]", "False: an expert's name must be text"),
    ],
)
def test_a_mistake_is_told_in_one_line_naming_the_file(tmp_path, text, expected):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert expected in str(caught.value)
    assert "assign.yaml: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path, "math: [9]\nlaw: 1\n")
    assert len(str(caught.value).splitlines()) == 2


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_assignment(tmp_path / "nothing.yaml", 4)
