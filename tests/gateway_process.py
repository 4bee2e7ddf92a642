"""A gateway in a process of its own, configured by a mapping."""

import contextlib
import http.client
import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from support import FakeExpert, environment, first_line, resident_bytes, stop


@dataclass
class GatewayProcess:
    """A running `expert-router serve`."""

    process: subprocess.Popen[str]
    port: int
    control_port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def get(self, path: str, *, control: bool = False) -> tuple[int, bytes]:
        return self._ask("GET", path, None, control)

    def post(self, path: str, body: Any, *, control: bool = False) -> tuple[int, bytes]:
        return self._ask("POST", path, json.dumps(body), control)

    def metric(self, name: str, **labels: str) -> float:
        """The value of one sample of /metrics; 0 when it has not been counted yet."""
        for line in self.get("/metrics")[1].decode().splitlines():
            if re.match(rf"expert_router_{name}(\{{|\s)", line) and all(
                f'{key}="{value}"' in line for key, value in labels.items()
            ):
                return float(line.rpartition(" ")[2])
        return 0.0

    def resident_bytes(self) -> int:
        return resident_bytes(self.process.pid)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def _ask(self, method: str, path: str, body: str | None, control: bool) -> tuple[int, bytes]:
        line = http.client.HTTPConnection(
            "127.0.0.1", self.control_port if control else self.port, timeout=10
        )
        try:
            line.request(method, path, body)
            reply = line.getresponse()
            return reply.status, reply.read()
        finally:
            line.close()


@contextlib.contextmanager
def gateway(config: Mapping[str, Any]) -> Iterator[GatewayProcess]:
    """Serve a config on free ports; its log must end without a traceback."""
    settings = {"listen": "127.0.0.1:0", "control": "127.0.0.1:0", **config}
    with tempfile.TemporaryDirectory() as folder:
        path, log = Path(folder) / "gateway.yaml", Path(folder) / "log"
        path.write_text(yaml.safe_dump(settings))
        with log.open("w") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "expert_router", "serve", "-c", str(path)],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=environment(),
            )
        try:
            ports = re.findall(r":(\d+)", first_line(process))
            assert len(ports) == 2, f"the gateway did not start: {log.read_text()}"
            yield GatewayProcess(process, int(ports[0]), int(ports[1]), log)
        finally:
            stop(process)
        assert "Traceback" not in log.read_text(), log.read_text()


def in_front_of(*experts: FakeExpert, **settings: Any) -> dict[str, Any]:
    """A config with one expert `math` on these replicas, which gets every prompt."""
    expert_settings = settings.pop("expert", {})
    expert = {"name": "math", "replicas": [expert.url for expert in experts], **expert_settings}
    return {"router": {"use": "fixed", "expert": "math"}, "experts": [expert], **settings}
