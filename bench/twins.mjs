// What the benchmark runs: each row is one piece of work and the commands ("sides") that do it.
import { fileURLToPath } from "node:url";

/** Repetitions per process: enough for a steady median, short enough that the sides alternate often. */
const REPETITIONS = {
  a: { steps: 10, warmup: 3 },
  b: { steps: 5, warmup: 2 },
  c: { steps: 3, warmup: 1 },
  "unet-a": { steps: 4, warmup: 2 },
  "unet-b": { steps: 3, warmup: 1 },
  matmul: { steps: 40, warmup: 20 },
};
const MATMUL_SIZE = 512;
const IMAGEFN_ENGINES = ["onnx", "gpujs:webgpu", "gpujs:webasm", "gpujs:cpu"];

/** The configurations of configs.json. */
export const CONFIGS = ["a", "b", "c", "unet-a", "unet-b"];

/** The kinds of rows, and which configurations each is measured at. */
export const KINDS = {
  step: { title: "training step", configs: CONFIGS, flags: [], unit: "ms" },
  denoise: {
    title: "training step while denoising",
    configs: ["a", "b", "unet-a"],
    flags: ["--denoise"],
    unit: "ms",
  },
  forward: { title: "forward only", configs: ["a"], flags: ["--forward"], unit: "ms" },
  sample: {
    title: "sampling at 32 + 64 + 128 px",
    configs: ["a"],
    flags: ["--sample"],
    unit: "images/s",
    field: "imagesPerSecond",
  },
  matmul: { title: `matmul ${MATMUL_SIZE}`, configs: [], flags: [], unit: "GFLOP/s", field: "gflops" },
};

/**
 * The rows to measure. `quick` cuts the repetitions to what shows that everything runs.
 * Each row: { kind, title, threads, unit, field, sides: [{ name, command, args }] }.
 */
export function rows({ kinds, configs, threads, quick, python }) {
  const all = [];
  for (const kind of kinds) {
    const { title, flags, unit, field = "medianMs" } = KINDS[kind];
    for (const name of kind === "matmul"
      ? [undefined]
      : KINDS[kind].configs.filter((c) => configs.includes(c))) {
      for (const count of threads) {
        const repetitions = quick ? { steps: 2, warmup: 1 } : REPETITIONS[name ?? kind];
        const args = ["--threads", count, "--steps", repetitions.steps, "--warmup", repetitions.warmup].map(
          String,
        );
        const sides = name
          ? stepSides(["--config", name, ...args, ...flags], python)
          : matmulSides(args, python, count);
        all.push({ kind, title: name ? `${title}, ${name}` : title, threads: count, unit, field, sides });
      }
    }
  }
  return all;
}

function stepSides(args, python) {
  return [node("imagefn", "imagefn_step.mjs", args), torch("PyTorch", args, python)];
}

function matmulSides(args, python, threads) {
  const size = ["--size", String(MATMUL_SIZE)];
  return [
    ...IMAGEFN_ENGINES.map((engine) =>
      node(`imagefn ${engine}`, "imagefn_matmul.mjs", ["--engine", engine, ...size, ...args]),
    ),
    ...(threads === 1 ? [node("tfjs-wasm", "tfjs_matmul.mjs", [...size, ...args])] : []),
    torch("PyTorch", ["--matmul", String(MATMUL_SIZE), ...args], python),
  ];
}

/** Products of 1024 x 1024 matrices by the best of either side, for the peak that this machine reaches. */
export function peakSides(threads, quick, python) {
  const args = ["--threads", threads, "--steps", quick ? 2 : 40, "--warmup", quick ? 1 : 20].map(String);
  return [
    node("imagefn onnx", "imagefn_matmul.mjs", ["--engine", "onnx", "--size", "1024", ...args]),
    torch("PyTorch", ["--matmul", "1024", ...args], python),
  ];
}

function node(name, script, args) {
  return { name, command: process.execPath, args: [here(script), ...args] };
}

/** torch_step.py sets its own environment (threads, BLAS) by restarting itself: see torch_environment.py. */
function torch(name, args, python) {
  return { name, command: python, args: ["-B", here("torch_step.py"), ...args] };
}

function here(file) {
  return fileURLToPath(new URL(file, import.meta.url));
}
