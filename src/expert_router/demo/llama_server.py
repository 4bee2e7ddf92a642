"""One expert, served by llama.cpp in one process with one thread.

`python -m expert_router.demo.llama_server MODEL.gguf --port 9001 --alias roman --slots 4`

It speaks OpenAI's `/v1/chat/completions`, `/v1/completions` and `/v1/models`, streaming or not,
and `/health`. It answers greedily unless a request asks otherwise, so that a plain curl gets the
answer that was measured. It ends on SIGTERM, on Ctrl-C, and when the process that started it dies:
a demo that is killed must not leave experts behind.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

_ORPHAN_CHECK_SECONDS = 0.25
_ERRORS_ONLY = 1
_ANSWER_TOKENS = 96


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 2 for wrong use or a missing library."""
    options = _parser().parse_args(arguments)
    parent = os.getppid()
    stop = _stop_on_signals()
    if not options.model.is_file():
        return _refuse(f"{options.model}: no such model file")
    try:
        server = _serve(options)
    except ModuleNotFoundError:
        return _refuse("xllamacpp is missing: pip install 'expert-router[demo]'")
    except (RuntimeError, OSError) as error:
        return _refuse(f"{options.model}: llama.cpp could not serve it: {error}")
    print(f"{options.alias} at {server.listening_address}", file=sys.stderr, flush=True)
    _wait(stop, parent)
    # llama.cpp joins its threads only after every open stream has ended; leaving is enough,
    # nothing here has anything to save.
    os._exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m expert_router.demo.llama_server",
        description="Serve one GGUF model on 127.0.0.1 with llama.cpp, one thread.",
    )
    parser.add_argument("model", type=Path, help="a GGUF file")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--alias", required=True, help="what the model is called on the wire")
    parser.add_argument("--slots", type=int, default=4, help="answers written at the same time")
    parser.add_argument("--ctx", type=int, default=512, help="tokens a slot holds")
    return parser


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    return stop


def _serve(options: argparse.Namespace) -> Any:
    """Returns once the model is loaded; llama.cpp's own threads do the serving."""
    import xllamacpp  # noqa: PLC0415 the rest of the package must work without it

    params = xllamacpp.CommonParams()
    _say_what(params, options)
    _stay_small(params, options.slots, options.ctx)
    _answer_greedily(params.sampling)
    return xllamacpp.Server(params)


def _say_what(params: Any, options: argparse.Namespace) -> None:
    params.model.path = str(options.model)
    params.model_alias = {options.alias}
    params.hostnames = ["127.0.0.1"]
    params.port = options.port
    params.ui = False
    params.verbosity = _ERRORS_ONLY
    params.n_predict = _ANSWER_TOKENS  # a lost model must stop somewhere


def _stay_small(params: Any, slots: int, context: int) -> None:
    params.n_parallel = slots
    params.n_ctx = slots * context
    params.n_batch = params.n_ubatch = context
    for threads in (params.cpuparams, params.cpuparams_batch):
        threads.n_threads = 1
        threads.poll = 0
    params.n_threads_http = slots + 2  # llama.cpp holds one a stream; one more answers /health
    params.n_gpu_layers = 0
    params.fit_params = False  # it would measure the machine's memory first
    # What a prompt left behind is never reused: 40 tokens cost less than keeping them, and every
    # question gets the same arithmetic whatever was asked before.
    params.cache_prompt = False
    params.cache_idle_slots = False
    params.cache_ram_mib = 0
    params.n_ctx_checkpoints = 0


def _answer_greedily(sampling: Any) -> None:
    sampling.temp = 0.0
    sampling.penalty_repeat = 1.0


def _wait(stop: threading.Event, parent: int) -> None:
    # Polled, as Linux's PR_SET_PDEATHSIG fires when the parent's *thread* ends, and macOS has none.
    while not stop.wait(_ORPHAN_CHECK_SECONDS):
        if os.getppid() != parent:
            return


def _refuse(reason: str) -> int:
    print(f"llama_server: {reason}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
