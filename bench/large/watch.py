"""What a process used, by phase: seconds, peak memory, and the largest temporary folder."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_LOOK_EVERY, _DISK_EVERY = 0.05, 10


def die_with_parent() -> None:
    """Has the kernel kill this process when its parent dies, so that none goes on unseen (Linux; elsewhere nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def folder_bytes(places: Iterable[Path]) -> int:
    """The bytes of all files below these folders; files that go meanwhile are not counted."""
    total = 0
    for place in places:
        for folder, _, names in os.walk(place):
            for name in names:
                try:
                    total += Path(folder, name).stat().st_size
                except OSError:
                    continue
    return total


class Watch:
    """Looks at this process twenty times a second; `phase` says what it does from now on.

    Beside the clock it counts what the cores worked: that stays what it is when others use the machine.
    """

    def __init__(self, temp: Path) -> None:
        self.seconds: Counter[str] = Counter()
        self.worked: Counter[str] = Counter()
        self.peak: dict[str, int] = {}
        self.temp_bytes = 0
        self._temp, self._phase, self._since = temp, "start", (time.perf_counter(), time.process_time())
        self._over = threading.Event()
        self._looker = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._looker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.phase("end")
        self._over.set()
        self._looker.join()

    def phase(self, name: str) -> None:
        """From now on the process is in this phase."""
        now = (time.perf_counter(), time.process_time())
        self.seconds[self._phase] += now[0] - self._since[0]
        self.worked[self._phase] += now[1] - self._since[1]
        self._phase, self._since = name, now

    def told(self) -> dict[str, object]:
        """Seconds and peak bytes by phase, the peak of the process as the kernel knows it, the largest temporary folder."""
        return {
            "seconds": {name: round(spent, 3) for name, spent in self.seconds.items()},
            "worked": {name: round(spent, 3) for name, spent in self.worked.items()},
            "peak": dict(self.peak),
            "peak_bytes": peak_bytes(),
            "temp_bytes": self.temp_bytes,
        }

    def _look(self) -> None:
        at = 0
        while not self._over.wait(_LOOK_EVERY):
            used = int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE if Path("/proc/self/statm").exists() else 0
            self.peak[self._phase] = max(self.peak.get(self._phase, 0), used)
            if at % _DISK_EVERY == 0:
                self.temp_bytes = max(self.temp_bytes, folder_bytes([self._temp]))
            at += 1


def peak_bytes() -> int:
    """The most memory that this process held at once."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024
