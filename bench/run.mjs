// The benchmark: runs the two sides of every row in turn (A B A B ...), prints a table, writes results.json.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gpuOfThisMachine, gpuRows, gpuTable } from "./gpu.mjs";
import { median } from "./measure.mjs";
import { table } from "./table.mjs";
import { CONFIGS, KINDS, peakSides, rows } from "./twins.mjs";

const USAGE = `Usage: npm run bench -- [options]
  --only step,forward,sample,matmul   kinds of rows (default: all)
  --configs a,b,c,unet-a,unet-b       configurations (default: all)
  --threads 1,2                       thread counts (default: 1,2)
  --rounds 3                          times each side of a row runs, the sides alternating (default: 3)
  --quick                             one round of two repetitions: shows that all runs, measures nothing
  --gpu                               products and training steps a, b on this machine's GPU instead
  --out FILE                          where the raw numbers go (default: bench/results.json; with --quick: nowhere)
Each row also has both sides' share of the peak: the fastest product of 1024 x 1024 matrices of either side.
PYTHON names the interpreter that has PyTorch (default: /usr/bin/python3).`;

function options() {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: Object.keys(KINDS).join() },
      configs: { type: "string", default: CONFIGS.join() },
      threads: { type: "string", default: "1,2" },
      rounds: { type: "string", default: "3" },
      quick: { type: "boolean", default: false },
      gpu: { type: "boolean", default: false },
      out: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const { quick, gpu } = values;
  if (gpu) refuseWithGpu();
  return {
    quick,
    gpu,
    kinds: choice("only", values.only, Object.keys(KINDS)),
    configs: choice("configs", values.configs, CONFIGS),
    threads: values.threads.split(",").map((n) => positive("threads", n)),
    rounds: quick ? 1 : positive("rounds", values.rounds),
    python: process.env.PYTHON ?? "/usr/bin/python3",
    out:
      values.out ?? (quick ? undefined : new URL(gpu ? "results-gpu.json" : "results.json", import.meta.url)),
  };
}

/** Options that rows of the GPU have no choice of. */
function refuseWithGpu() {
  for (const option of ["only", "threads"])
    if (process.argv.some((text) => text === `--${option}` || text.startsWith(`--${option}=`)))
      throw new Error(`bench: --${option} has no meaning with --gpu`);
}

function choice(option, text, allowed) {
  const names = text.split(",");
  const unknown = names.find((name) => !allowed.includes(name));
  if (unknown !== undefined)
    throw new Error(`bench: --${option} got ${unknown}, expected ${allowed.join(", ")}`);
  return names;
}

function positive(option, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`bench: --${option} got ${text}, expected 1, 2, ...`);
  return value;
}

/** One process of one side: its JSON line, or { skipped: why } (code 3, no such command), or { failed: why }. */
function runSide({ command, args }, env = process.env) {
  const child = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26, env });
  if (child.error?.code === "ENOENT") return { skipped: `no ${command} here; set PYTHON to one that exists` };
  if (child.status === 3) return { skipped: child.stderr.trim() };
  try {
    if (child.status === 0) return JSON.parse(child.stdout.trim().split("\n").at(-1));
  } catch {
    return { failed: `no JSON line in its output: ${child.stdout.slice(-200)}` };
  }
  return {
    failed: child.stderr.trim() || String(child.error ?? `ended with ${child.status ?? child.signal}`),
  };
}

/**
 * The environment of PyTorch's half: with the core type of OpenBLAS that is the fastest here, measured once for all rows.
 */
function torchEnvironment(python) {
  const { coreType, gflops, skipped, failed } = runSide({
    command: python,
    args: ["-B", fileURLToPath(new URL("torch_environment.py", import.meta.url))],
  });
  if (skipped || failed) return process.env;
  const rates = Object.entries(gflops).map(([name, rate]) => `${name || "unset"} ${rate.toFixed(0)}`);
  console.error(`OpenBLAS's core types, GFLOP/s on one thread: ${rates.join(", ")}`);
  return { ...process.env, BENCH_CORETYPE: coreType };
}

/** The fastest product that either side makes here on so many threads, in GFLOP/s. */
function peakOf(threads, quick, python, env) {
  const rates = peakSides(threads, quick, python).map((side) => runSide(side, env).gflops ?? 0);
  console.error(`peak on ${threads} thread(s): ${Math.max(...rates)} GFLOP/s`);
  return Math.max(...rates) || undefined;
}

/** All rounds of one row: the sides alternate, and a side that is skipped or fails once is not run again. */
function runRow(row, rounds, env) {
  const runs = row.sides.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, side] of row.sides.entries()) {
      if (runs[i].some((run) => run.skipped || run.failed)) continue;
      const run = runSide(side, env);
      runs[i].push(run);
      const value = run.skipped ? "skipped" : run.failed ? "failed" : `${run[row.field]} ${row.unit}`;
      const where = row.threads ? `, ${row.threads} thread(s)` : "";
      console.error(`${row.title}${where}, round ${round + 1}: ${side.name} ${value}`);
    }
  }
  return row.sides.map((side, i) => summary(side.name, runs[i], row.field));
}

/** Medians over the runs of one side; the peak of memory is the highest of them. */
function summary(name, runs, field) {
  const { skipped, failed } = runs.at(-1);
  if (skipped || failed) return { name, skipped, failed };
  const of = (key) => runs.map((run) => run[key]);
  return {
    name,
    engine: runs[0].engine,
    value: median(of(field)),
    medianMs: median(of("medianMs")),
    rangeMs: [Math.min(...of("medianMs")), Math.max(...of("medianMs"))],
    peakMiB: Math.max(...of("peakMiB")),
    gflop: runs[0].gflop,
    sessionSeconds: "sessionSeconds" in runs[0] ? median(of("sessionSeconds")) : undefined,
    runs,
  };
}

/** The rows of the GPU instead of those of the CPU. */
function onGpu(what, rounds, machine, out) {
  const adapter = gpuOfThisMachine();
  if (adapter.software)
    console.error(`bench: ${adapter.name} is a software adapter; the figures will say nothing about a GPU`);
  const results = gpuRows(what, adapter).map((row) => ({ ...row, sides: runRow(row, rounds, process.env) }));
  if (out) writeFileSync(out, `${JSON.stringify({ machine, adapter, rows: results }, null, 2)}\n`);
  console.log(gpuTable(machine, adapter, results));
  if (results.some((row) => row.sides.some((side) => side.failed))) process.exitCode = 1;
}

function main() {
  const { out, rounds, ...what } = options();
  const load = os.loadavg()[0];
  if (load > 0.5) {
    console.error(`bench: the machine is busy (load ${load.toFixed(2)}); the figures will not be worth much`);
  }
  const machine = {
    date: new Date().toISOString(),
    processor: os.cpus()[0]?.model.trim(),
    cores: os.cpus().length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()}`,
    node: process.version,
    load: Number(load.toFixed(2)),
    quick: what.quick,
    rounds,
  };
  if (what.gpu) return onGpu(what, rounds, machine, out);
  const env = torchEnvironment(what.python);
  const peaks = Object.fromEntries(what.threads.map((n) => [n, peakOf(n, what.quick, what.python, env)]));
  const results = rows(what).map((row) => ({
    ...row,
    peak: peaks[row.threads],
    sides: runRow(row, rounds, env),
  }));
  if (out) writeFileSync(out, `${JSON.stringify({ machine, rows: results }, null, 2)}\n`);
  console.log(table(machine, results));
  if (results.some((row) => row.sides.some((side) => side.failed))) process.exitCode = 1;
}

try {
  main();
} catch (error) {
  console.error(
    error.code?.startsWith("ERR_PARSE_ARGS") ? `bench: ${error.message}\n\n${USAGE}` : error.message,
  );
  process.exitCode = 2;
}
