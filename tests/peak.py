"""A program and the most memory that it took: `python -P tests/peak.py ARGS` is `bulkorders ARGS`, and tells it.

The program tells it itself: what the system says of a finished child counts its parent's memory at the start, too.
"""

from __future__ import annotations

import runpy
import sys


def peak_mb() -> float:
    """The most memory (MB, of 1,000,000 bytes) that this process has taken so far; 0 where the system does not tell."""
    if sys.platform == "win32":
        return _windows_peak()
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 / 1e6 for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


def _windows_peak() -> float:
    """PeakWorkingSetSize of PROCESS_MEMORY_COUNTERS (learn.microsoft.com, psapi.h)."""
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        _fields_ = (
            ("cb", wintypes.DWORD),
            ("PageFaultCount", wintypes.DWORD),
            *((f"size{n}", ctypes.c_size_t) for n in range(8)),
        )

    kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
    kernel.GetCurrentProcess.restype = wintypes.HANDLE
    kernel.K32GetProcessMemoryInfo.argtypes = (wintypes.HANDLE, ctypes.POINTER(Counters), wintypes.DWORD)
    counters = Counters(cb=ctypes.sizeof(Counters))
    told = kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.cb)
    return counters.size0 / 1e6 if told else 0.0


if __name__ == "__main__":
    try:
        runpy.run_module("bulkorders", run_name="__main__", alter_sys=True)
    finally:
        print(f"peak {peak_mb():.0f}", file=sys.stderr)
