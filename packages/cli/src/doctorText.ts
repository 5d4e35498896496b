// The report of `imagefn doctor` as text.
import type { EngineReport } from "@imagefn/runs";
import type { AdvisedReport } from "./advice.js";

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** Lines of at most about 100 characters, except for paths and reasons. */
export function reportText({
  versions,
  machine,
  cache,
  engines,
  auto,
  measured,
  advice,
}: AdvisedReport): string {
  const facts = [
    [
      "versions",
      Object.entries(versions)
        .map((pair) => pair.join(" "))
        .join(", "),
    ],
    [
      "machine",
      `${machine.platform}, ${machine.cpu}, ${machine.cores} cores, load ${machine.load.toFixed(1)}`,
    ],
    ["memory", `${gib(machine.memory.total)}, ${gib(machine.memory.free)} free`],
    ["cache", `${cache.path}, ${cache.writable ? mib(cache.bytes) : "not writable"}`],
    ["WebGPU", adapterText(engines)],
    ["auto", auto.engine ? `${auto.engine}: ${auto.why}` : auto.why],
  ];
  const table = [
    ["engine", "matmul 512", "training step", "preparation"],
    ...engines.map((engine) => [engine.name, ...figures(engine)]),
  ];
  return [
    ...facts.map(([name, value]) => `${name.padEnd(10)}${value}`),
    "",
    ...columns(table),
    "",
    ...measuredText(measured),
    ...advice.map((sentence) => `- ${sentence}`),
    "",
  ].join("\n");
}

function adapterText(engines: readonly EngineReport[]): string {
  const webgpu = engines.find(({ name }) => name === "gpujs:webgpu");
  if (webgpu?.adapter) return webgpu.adapter + (webgpu.software ? " (software)" : "");
  return webgpu?.error ? `none: ${reason(webgpu.error)}` : "none";
}

/** The trainings that "auto" measured engines on, with the time of a step. */
function measuredText(measured: AdvisedReport["measured"]): string[] {
  if (measured.length === 0) return [];
  const names = [...new Set(measured.flatMap(({ times }) => times.map(({ name }) => name)))];
  const rows = measured.map(({ job, times }) => [
    job,
    ...names.map((name) => {
      const { problem, seconds } = times.find((time) => time.name === name) ?? {};
      if (problem !== undefined) return "unusable";
      return seconds === undefined ? "" : `${(1000 * seconds).toPrecision(3)} ms`;
    }),
  ]);
  return [...columns([["measured by auto", ...names], ...rows]), ""];
}

/** The reason without the prefix that names the engine. */
const reason = (error: string) => error.replace(/^ops: ((gpujs|onnx):\w+: )?/, "");

function figures({ error, software, gflops, stepSeconds, prepareSeconds }: EngineReport): string[] {
  const figure = (value: number | undefined, unit: string) =>
    value === undefined ? "" : `${value < 999.5 ? value.toPrecision(3) : value.toFixed(0)} ${unit}`;
  const found = [
    figure(gflops, "GFLOP/s"),
    figure(stepSeconds && stepSeconds * 1000, "ms"),
    figure(prepareSeconds, "s"),
  ];
  if (error !== undefined) return [...found.filter(Boolean), `does not work: ${reason(error).split(";")[0]}`];
  return software ? [found[0], "not measured on a software driver"] : found;
}

/** Rows as lines; every cell but the last of a row is padded to the width of its column. */
function columns(rows: readonly string[][]): string[] {
  const widths = rows[0].map((_, c) =>
    Math.max(...rows.filter((row) => c < row.length - 1).map((row) => row[c].length), 0),
  );
  return rows.map((row) =>
    row.map((cell, c) => (c < row.length - 1 ? cell.padEnd(widths[c] + 2) : cell)).join(""),
  );
}
