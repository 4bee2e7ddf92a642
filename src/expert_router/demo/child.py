"""`python -m expert_router.demo.child gateway.yaml`: a gateway that ends with its parent.

A demo that is killed with SIGKILL cannot end its gateway; so the gateway looks after itself.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from expert_router.config import load_config
from expert_router.server import serve

_CHECK_SECONDS = 0.25


def main() -> None:
    """Serve until told to stop, or until the process that started this one is gone."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    serve(load_config(Path(sys.argv[1])))


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_CHECK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)  # nobody is left to read its answers


if __name__ == "__main__":
    main()
