"""``python -m expert_router.fake_expert '{"port": 9001}'``: settings as JSON, for programs.

People use ``expert-router fake-expert``, which has options and help.
"""

import sys
from typing import Any

import msgspec

from expert_router.errors import InputError
from expert_router.fake_expert import config_from, run


def main(arguments: list[str]) -> int:
    """Run a fake expert; return the exit code."""
    try:
        run(config_from(_settings(arguments)))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _settings(arguments: list[str]) -> dict[str, Any]:
    text = arguments[0] if arguments else "{}"
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise InputError(f"fake-expert: {text!r}: expected a JSON object: {error}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
