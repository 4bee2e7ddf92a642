"""`python -m expert_router.demo.child serve -c …`: the same program, ending with its parent.

A demo that is killed with SIGKILL cannot end its gateway; so the gateway looks after itself.
"""

import os
import signal
import sys
import threading
import time

from expert_router.cli import run

_CHECK_SECONDS = 0.25


def main() -> int:
    """Run a command line; end it when the process that started this one is gone."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    return run(sys.argv[1:])


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_CHECK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)  # nobody is left to read its answers


if __name__ == "__main__":
    sys.exit(main())
