// The benchmark of GPUs: kernels of GPU.js, tiled ones, ONNX Runtime on WebGPU and PyTorch on CUDA, side by side.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { markdown } from "./table.mjs";

/** [m, n, k], and whether the first factor is transposed, as in the gradient of a weight. */
const PRODUCTS = [
  { m: 512, n: 512, k: 512 },
  { m: 1024, n: 1024, k: 1024 },
  { m: 2048, n: 2048, k: 2048 },
  { m: 4096, n: 4096, k: 4096 },
  // Of configuration b: a layer, and the gradient of its weight.
  { m: 2048, n: 1536, k: 384 },
  { m: 1536, n: 384, k: 2048, transposed: true },
];
const CONFIGS = ["a", "b"];
const ENGINES = {
  "gpu.js": ["--engine", "gpujs:webgpu", "--products", "plain"],
  "gpu.js, tiled": ["--engine", "gpujs:webgpu", "--products", "auto"],
  "ONNX Runtime": ["--engine", "onnx:webgpu"],
};
const PRECISIONS = { "PyTorch, float32": "float32", "PyTorch, TF32": "tf32" };

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** What WebGPU runs on here, by a process of its own. @throws a sentence where it has no adapter. */
export function gpuOfThisMachine() {
  const { adapter, missing, remedy } = JSON.parse(
    execFileSync(process.execPath, [here("imagefn_gpu.mjs"), "--adapter"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  );
  if (missing) throw new Error(`bench: there is no GPU to measure: ${missing}; ${remedy}`);
  return adapter;
}

/** The rows to measure: { title, unit, field, sides: [{ name, command, args }] }. */
export function gpuRows({ configs, quick, python }, { software }) {
  const repetitions = ["--steps", quick ? 1 : 20, "--warmup", quick ? 1 : 5].map(String);
  const sides = (what) => [
    ...Object.entries(ENGINES).map(([name, args]) => ({
      name,
      command: process.execPath,
      args: [here("imagefn_gpu.mjs"), ...args, ...what, ...repetitions],
    })),
    ...Object.entries(PRECISIONS).map(([name, precision]) => ({
      name,
      command: python,
      args: ["-B", here("torch_gpu.py"), "--precision", precision, ...what, ...repetitions],
    })),
  ];
  const products = (quick ? PRODUCTS.slice(0, 1) : PRODUCTS).map(({ m, n, k, transposed }) => ({
    title: `[${m}, ${k}] by [${k}, ${n}]${transposed ? ", the first transposed" : ""}`,
    unit: "GFLOP/s",
    field: "gflops",
    sides: sides(["--product", [m, n, k].join(), ...(transposed ? ["--transposed"] : [])]),
  }));
  const steps = CONFIGS.filter((name) => configs.includes(name)).map((name) => ({
    title: `training step, ${name}`,
    unit: "ms",
    field: "medianMs",
    sides: sides(["--config", name]),
  }));
  // A step would take software an hour.
  return [...products, ...(software ? [] : quick ? steps.slice(0, 1) : steps)];
}

/** Markdown for the rows that were measured. */
export function gpuTable({ date, node }, { name, software }, results) {
  const columns = Object.keys({ ...ENGINES, ...PRECISIONS });
  const cell = ({ value, failed }) =>
    value === undefined ? (failed ? "failed" : "-") : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
  const lines = results.map(({ title, unit, sides }) => [`${title}, ${unit}`, ...sides.map(cell)]);
  const reasons = results.flatMap(({ sides }) =>
    sides.flatMap(({ name, skipped, failed }) =>
      skipped
        ? [`- ${name} skipped: ${skipped}`]
        : failed
          ? [`- ${name} FAILED: ${failed.split("\n").at(-1)}`]
          : [],
    ),
  );
  return [
    `${name}; Node ${node}; ${date.slice(0, 10)}.`,
    ...(software
      ? ["This adapter is software: the figures say nothing about a GPU, and training steps are left out."]
      : []),
    markdown(["", ...columns], lines),
    [...new Set(reasons)].join("\n"),
  ]
    .filter(Boolean)
    .join("\n\n");
}
