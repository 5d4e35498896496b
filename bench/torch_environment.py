"""The process environment in which PyTorch on a CPU runs at its best, and the exit when PyTorch is missing.

Debian's PyTorch calls whatever libblas the loader finds. With the pthread build of OpenBLAS the two thread
pools (OpenBLAS's and PyTorch's OpenMP one) fight and a step takes 2 to 20 times longer; with the OpenMP build
both use one pool. Both pools read their size once, when the libraries are loaded, so the variables must be set
before the process starts: `start_with_threads` replaces the process by one that has them.
"""

import glob
import os
import sys

OPENBLAS_OPENMP = glob.glob("/usr/lib/*/openblas-openmp")  # where libopenblas0-openmp puts it
INSTALL = "apt-get install python3-torch libopenblas0-openmp"
EXIT_SKIPPED = 3


def torch_environment(threads, base=os.environ):
    """A copy of the environment `base` for a child process that runs PyTorch on `threads` CPU threads."""
    env = dict(base)
    env["OMP_NUM_THREADS"] = env["OPENBLAS_NUM_THREADS"] = env["MKL_NUM_THREADS"] = str(threads)
    paths = [p for p in env.get("LD_LIBRARY_PATH", "").split(":") if p and p not in OPENBLAS_OPENMP]
    env["LD_LIBRARY_PATH"] = ":".join(OPENBLAS_OPENMP + paths)
    # These force OpenBLAS to kernels or block sizes that may not be this processor's best.
    env.pop("OPENBLAS_CORETYPE", None)
    env.pop("OPENBLAS_L2_SIZE", None)
    # glibc hands large blocks back to the system when freed, and every step then pays some 30,000 page faults
    # to get them again (5 to 10 % of its time). Keeping them leaves peak memory as it was.
    env["MALLOC_MMAP_MAX_"] = "0"
    env["MALLOC_TRIM_THRESHOLD_"] = str(1 << 40)
    return env


def start_with_threads(threads):
    """Restarts this process with `torch_environment(threads)` unless it already runs in it."""
    env = torch_environment(threads)
    if env != dict(os.environ):
        os.execve(sys.executable, [sys.executable, *sys.argv], env)


def import_torch(threads):
    """torch, set to `threads` threads; ends the process with code 3 and one line of advice without it."""
    try:
        import torch
    except ImportError as error:
        print(f"PyTorch is not installed ({error}); install it with: {INSTALL}", file=sys.stderr)
        sys.exit(EXIT_SKIPPED)
    torch.set_num_threads(threads)  # Debian's build starts with 1 whatever OMP_NUM_THREADS says
    return torch


def blas_library():
    """The BLAS this process has loaded, from its memory map (None: linked into torch itself)."""
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "libopenblas" in line or "libmkl" in line}
    return ", ".join(sorted(paths)) or None


def peak_mib():
    """Peak resident memory of this process in MiB (VmHWM)."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024, 1)
