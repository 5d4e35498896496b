"""PyTorch's half of the benchmark: times one piece of work and prints one JSON line.

    python3 bench/torch_step.py --config a --threads 1 --steps 10 --warmup 3    a consistency-training step
    python3 bench/torch_step.py --config a --denoise                            a step without the target network
    python3 bench/torch_step.py --config a --forward                            the network alone, no gradient
    python3 bench/torch_step.py --config a --sample                             one function, renders at 32, 64, 128
    python3 bench/torch_step.py --matmul 512                                    single-precision matrix product

Ends with code 3 and one line of advice where PyTorch, or a BLAS it can be fairly measured with, is missing.
"""

import argparse
import copy
import json
import os
import statistics
import sys
import time

from torch_environment import EXIT_SKIPPED, INSTALL, blas_library, import_torch, peak_mib, start_with_threads

SIGMA_MAX, RHO, LEVELS = 80.0, 7.0, 18  # Karras grid; the number of levels does not affect the time of a step
TARGET_DECAY, SAMPLING_DECAY = 0.95, 0.9999
SAMPLE_BATCH, SAMPLE_SIZES = 16, (32, 64, 128)
RENDER_POINTS = 4096  # points rendered at once when sampling: keeps activations in cache


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", choices=["a", "b", "c", "unet-a", "unet-b"], default="a")
    parser.add_argument("--threads", type=positive, default=1)
    parser.add_argument("--steps", type=positive, default=10, help="timed repetitions")
    parser.add_argument("--warmup", type=int, default=3, help="repetitions before those")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--denoise", action="store_true")
    mode.add_argument("--forward", action="store_true")
    mode.add_argument("--sample", action="store_true")
    mode.add_argument("--matmul", type=positive, metavar="SIZE")
    return parser.parse_args()


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"got {text}, expected 1, 2, ...")
    return value


def load_config(name):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "configs.json")) as file:
        return json.load(file)[name]


def clock(work, steps, warmup):
    """Milliseconds of each of `steps` calls of `work` after `warmup` calls, and what all the calls returned."""
    results, times = [], []
    for _ in range(warmup + steps):
        start = time.perf_counter()
        results.append(work())
        times.append((time.perf_counter() - start) * 1000)
    return times[warmup:], results


def smooth_images(torch, config):
    """A batch of clean images in [-1, 1]: random low-frequency colour fields."""
    size = config["imageSize"]
    coarse = torch.randn(config["batch"], 3, 4, 4)
    return torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic").clamp(-1, 1).contiguous()


def network(config):
    """The consistency model of a configuration."""
    if config.get("network") == "unet":
        from torch_unet import Unet

        return Unet(config)
    from torch_model import CmFunc

    return CmFunc(config)


def training_step(torch, config, denoise=False):
    """(model, step): step() trains once on a batch in memory and returns the loss as a number.

    One call is everything from clean images to updated state: levels, noise and jittered coordinates are drawn,
    student and target run on the same ones, then backward, RAdam, the target's and the sampling average's update.
    With denoise the target is the noisy image at the lowest level, without a network.
    """
    from torch_model import SIGMA_MIN, cell_centres, embed_coordinates

    student = network(config)
    renders = config.get("network") != "unet"
    target, sampling = (copy.deepcopy(student).requires_grad_(False) for _ in range(2))
    # Not foreach=True: PyTorch 1.13's divides 0 by 0 where a gradient is zero, and it is no faster here.
    optimizer = torch.optim.RAdam(student.parameters(), lr=5e-4, foreach=False)
    parameters = list(student.parameters())
    averages = [(list(target.parameters()), TARGET_DECAY), (list(sampling.parameters()), SAMPLING_DECAY)]
    images = smooth_images(torch, config)
    batch, size = config["batch"], config["imageSize"]
    grid = cell_centres(size, size)
    ramp = torch.linspace(SIGMA_MIN ** (1 / RHO), SIGMA_MAX ** (1 / RHO), LEVELS, dtype=torch.float64)
    levels = (ramp**RHO).float()
    huber_c = 0.00054 * images[0].numel() ** 0.5

    def step():
        i = torch.randint(0, LEVELS - 1, (batch,))
        low, high = levels[0 * i if denoise else i], levels[i + 1]
        noise = torch.randn_like(images)
        embedded = None
        if renders:
            jitter = torch.randn(batch, size * size, 2).mul_(0.3 / size).clamp_(-0.5 / size, 0.5 / size)
            embedded = embed_coordinates(jitter.add_(grid), config)
        a = student(torch.addcmul(images, high[:, None, None, None], noise), high, embedded)
        with torch.no_grad():
            noisy = torch.addcmul(images, low[:, None, None, None], noise)
            b = noisy if denoise else target(noisy, low, embedded)
        loss = ((a - b).flatten(1).square().sum(1) + huber_c**2).sqrt().sub(huber_c).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for average, decay in averages:
                torch._foreach_mul_(average, decay)
                torch._foreach_add_(average, parameters, alpha=1 - decay)
        return loss.item()

    return student, step


def forward_pass(torch, config):
    """(model, work): the consistency model on a noisy batch at training size, without gradient."""
    from torch_model import CmFunc, cell_centres, embed_coordinates

    model = CmFunc(config).requires_grad_(False)
    size = config["imageSize"]
    images = smooth_images(torch, config)
    sigma = torch.full((config["batch"],), 2.0)
    grid = cell_centres(size, size).repeat(config["batch"], 1, 1)

    def work():
        with torch.inference_mode():
            return model(images, sigma, embed_coordinates(grid, config))

    return model, work


def multi_resolution_sample(torch, config):
    """(model, work): one image function for each of 16 noises, each rendered at 32, 64 and 128 pixels."""
    from torch_model import CmFunc, SIGMA_DATA, SIGMA_MIN, cell_centres, embed_coordinates

    model = CmFunc(config).requires_grad_(False)
    size = config["imageSize"]
    grids = [embed_coordinates(cell_centres(n, n), config) for n in SAMPLE_SIZES]
    t = 250 * torch.full((SAMPLE_BATCH,), SIGMA_MAX).log()
    norm = (SIGMA_MAX**2 + SIGMA_DATA**2) ** -0.5
    c_out = SIGMA_DATA * (SIGMA_MAX - SIGMA_MIN) * norm

    def render(weights, embedded, n):
        rows = max(1, RENDER_POINTS // n)
        parts = [model.render(weights, part, -1, n) for part in embedded.split(rows * n, 1)]
        return torch.cat(parts, 2).mul_(c_out).clamp_(-1, 1)

    def work():
        with torch.inference_mode():
            weights = model.generate(torch.randn(SAMPLE_BATCH, 3, size, size).mul_(SIGMA_MAX * norm), t)
            return [render(weights, embedded, n) for embedded, n in zip(grids, SAMPLE_SIZES)]

    return model, work


def matrix_product(torch, size):
    a, b, out = (torch.randn(size, size) for _ in range(3))
    return lambda: torch.mm(a, b, out=out)


def measure(torch, args):
    if args.matmul:
        times, _ = clock(matrix_product(torch, args.matmul), args.steps, args.warmup)
        rate = 2 * args.matmul**3 / (statistics.median(times) * 1e6)
        return times, {"mode": "matmul", "size": args.matmul, "gflops": round(rate, 2)}
    config = load_config(args.config)
    if args.sample or args.forward:
        model, work = (multi_resolution_sample if args.sample else forward_pass)(torch, config)
    else:
        model, work = training_step(torch, config, args.denoise)
    times, results = clock(work, args.steps, args.warmup)
    parameters = sum(p.numel() for p in model.parameters())
    if parameters != config["parameters"]:
        raise SystemExit(f"torch_step: {parameters} parameters, configs.json says {config['parameters']}")
    report = {"mode": "denoise" if args.denoise else "step", "config": args.config, "parameters": parameters, "batch": config["batch"]}
    if args.forward:
        return times, {**report, "mode": "forward"}
    if args.sample:
        images = SAMPLE_BATCH * len(SAMPLE_SIZES)
        rate = images / statistics.median(times) * 1000
        return times, {**report, "mode": "sample", "batch": SAMPLE_BATCH, "imagesPerSecond": round(rate, 2)}
    return times, {**report, "lossFirst": results[0], "lossLast": results[-1]}


def main():
    args = arguments()
    start_with_threads(args.threads)
    torch = import_torch(args.threads)
    blas = blas_library()
    if not torch.backends.mkl.is_available() and "openblas-openmp" not in (blas or ""):
        print(f"PyTorch runs on {blas or 'a plain BLAS'}, not OpenMP OpenBLAS; install: {INSTALL}", file=sys.stderr)
        sys.exit(EXIT_SKIPPED)
    torch.manual_seed(0)
    times, report = measure(torch, args)
    timing = {
        "threads": args.threads,
        "msPerStep": [round(ms, 3) for ms in times],
        "medianMs": round(statistics.median(times), 3),
        "peakMiB": peak_mib(),
    }
    engine = f"PyTorch {torch.__version__}, {blas_name(torch, blas)}"
    print(json.dumps({**report, **timing, "engine": engine, "blas": blas}))


def blas_name(torch, blas):
    """What PyTorch multiplies with: "OpenBLAS, core type SkylakeX"."""
    if "openblas" not in (blas or ""):
        return "MKL" if torch.backends.mkl.is_available() else "a BLAS of its own"
    return f"OpenBLAS, core type {os.environ.get('OPENBLAS_CORETYPE') or 'as OpenBLAS chooses'}"


if __name__ == "__main__":
    main()
