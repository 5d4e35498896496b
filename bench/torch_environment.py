"""The process environment in which PyTorch on a CPU runs at its best, and the exit when PyTorch is missing.

    python3 bench/torch_environment.py    which OpenBLAS kernels are the fastest here: one JSON line

Debian's PyTorch calls whatever libblas the loader finds. With the pthread build of OpenBLAS the two thread
pools (OpenBLAS's and PyTorch's OpenMP one) fight and a step takes 2 to 20 times longer; with the OpenMP build
both use one pool. Both pools read their size once, when the libraries are loaded, so the variables must be set
before the process starts: `start_with_threads` replaces the process by one that has them.

OpenBLAS picks its kernels by the processor's name. An older version does not know a newer processor and falls back
to kernels that are several times slower, so `fastest_core_type` measures them, each in a process of its own.
"""

import glob
import json
import os
import subprocess
import sys
import time

OPENBLAS_OPENMP = glob.glob("/usr/lib/*/openblas-openmp")  # where libopenblas0-openmp puts it
INSTALL = "apt-get install python3-torch libopenblas0-openmp"
EXIT_SKIPPED = 3
CORE_TYPES = ("", "Haswell", "Zen", "SkylakeX", "Cooperlake")  # "": OpenBLAS's own choice
CORE_TYPE = "BENCH_CORETYPE"  # set to a choice made before, which is then not measured again


def torch_environment(threads, base=os.environ):
    """A copy of the environment `base` for a child process that runs PyTorch on `threads` CPU threads."""
    env = dict(base)
    env["OMP_NUM_THREADS"] = env["OPENBLAS_NUM_THREADS"] = env["MKL_NUM_THREADS"] = str(threads)
    paths = [p for p in env.get("LD_LIBRARY_PATH", "").split(":") if p and p not in OPENBLAS_OPENMP]
    env["LD_LIBRARY_PATH"] = ":".join(OPENBLAS_OPENMP + paths)
    # This forces OpenBLAS to block sizes that may not be this processor's best.
    env.pop("OPENBLAS_L2_SIZE", None)
    env.pop("OPENBLAS_CORETYPE", None)
    if env.get(CORE_TYPE):
        env["OPENBLAS_CORETYPE"] = env[CORE_TYPE]
    # glibc hands large blocks back to the system when freed, and every step then pays some 30,000 page faults
    # to get them again (5 to 10 % of its time). Keeping them leaves peak memory as it was.
    env["MALLOC_MMAP_MAX_"] = "0"
    env["MALLOC_TRIM_THRESHOLD_"] = str(1 << 40)
    return env


def start_with_threads(threads):
    """Restarts this process with `torch_environment(threads)` unless it already runs in it."""
    if CORE_TYPE not in os.environ:
        os.environ[CORE_TYPE] = fastest_core_type()[0]
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


def fastest_core_type():
    """(the fastest of CORE_TYPES on one thread, GFLOP/s of each by name); types that crash here are left out."""
    rates = {}
    for core in CORE_TYPES:
        env = torch_environment(1, {**os.environ, CORE_TYPE: core})
        child = subprocess.run([sys.executable, "-B", __file__, "--product"], env=env, capture_output=True, text=True)
        if child.returncode == EXIT_SKIPPED:
            print(child.stderr.strip(), file=sys.stderr)
            sys.exit(EXIT_SKIPPED)
        if child.returncode == 0:
            rates[core] = float(child.stdout)
    if not rates:
        raise SystemExit("torch_environment: the product failed with every core type of OpenBLAS")
    return max(rates, key=rates.get), rates


def product_rate(size=1024, seconds=0.5):
    """GFLOP/s of the fastest of some products of [size, size] matrices."""
    torch = import_torch(1)
    a, b, out = (torch.randn(size, size) for _ in range(3))
    torch.mm(a, b, out=out)
    best, start = float("inf"), time.perf_counter()
    while time.perf_counter() - start < seconds:
        before = time.perf_counter()
        torch.mm(a, b, out=out)
        best = min(best, time.perf_counter() - before)
    return 2 * size**3 / best / 1e9


if __name__ == "__main__":
    if "--product" in sys.argv:
        print(round(product_rate(), 2))
    else:
        core, rates = fastest_core_type()
        print(json.dumps({"coreType": core, "gflops": rates}))
