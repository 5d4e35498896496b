"""PyTorch's half of the benchmark of GPUs: a matrix product or a training step on CUDA, as one JSON line.

    python3 bench/torch_gpu.py --product 512,512,512 [--transposed]    single-precision matrix product, m, n, k
    python3 bench/torch_gpu.py --config a                              a consistency-training step
    --precision float32 or tf32                                        how products are computed

Ends with code 3 and one line of advice where PyTorch 2 or CUDA is missing.
"""

import argparse
import json
import statistics
import sys
import time

EXIT_SKIPPED = 3
PRODUCTS_A_RUN = 4


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--precision", choices=["float32", "tf32"], default="float32")
    parser.add_argument("--product")
    parser.add_argument("--transposed", action="store_true")
    parser.add_argument("--config", default="a")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=5)
    return parser.parse_args()


def skip(message):
    print(message, file=sys.stderr)
    sys.exit(EXIT_SKIPPED)


def cuda():
    """PyTorch, whose new tensors are on the GPU."""
    try:
        import torch
    except ImportError:
        skip("there is no PyTorch; set PYTHON to an interpreter that has it, with CUDA")
    if not torch.cuda.is_available():
        skip(f"PyTorch {torch.__version__} finds no CUDA here")
    if not hasattr(torch, "set_default_device"):
        skip(f"PyTorch {torch.__version__} cannot make the GPU its default; use PyTorch 2 or newer")
    torch.set_default_device("cuda")
    return torch


def product(torch, m, n, k, transposed):
    a = torch.rand(k, m).T if transposed else torch.rand(m, k)
    b = torch.rand(k, n)
    outs = [torch.empty(m, n) for _ in range(PRODUCTS_A_RUN)]

    def work():
        for out in outs:
            torch.mm(a, b, out=out)

    return work


def main():
    args = arguments()
    torch = cuda()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = args.precision == "tf32"
    torch.manual_seed(0)
    if args.product:
        m, n, k = (int(text) for text in args.product.split(","))
        work, each = product(torch, m, n, k, args.transposed), PRODUCTS_A_RUN
    else:
        from torch_step import load_config, training_step

        (_, work), each = training_step(torch, load_config(args.config)), 1
    times = []
    for i in range(args.warmup + args.steps):
        torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        torch.cuda.synchronize()
        if i >= args.warmup:
            times.append((time.perf_counter() - start) * 1000 / each)
    median = statistics.median(times)
    facts = {"engine": f"PyTorch {torch.__version__}, {torch.cuda.get_device_name()}", "medianMs": median, "msPerStep": times}
    if args.product:
        facts["gflops"] = 2 * m * n * k / (median * 1e6)
    facts["peakMiB"] = torch.cuda.max_memory_allocated() / 2**20
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
