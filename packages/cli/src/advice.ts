// Advice that follows from a report.
import type { EngineReport, Report } from "@imagefn/runs";

/** A report with advice. */
export type AdvisedReport = Report & { readonly advice: readonly string[] };

const GIB = 2 ** 30;

/** Advice, the most important first. */
export function adviceFor({ machine, cache, engines, auto }: Report): string[] {
  const advice: string[] = [];
  const of = (name: EngineReport["name"]) => engines.find((engine) => engine.name === name);
  const fastest = fastestOf(engines);
  if (auto.engine === undefined)
    advice.push("No engine works here. Reinstall imagefn with `npm install imagefn`.");
  else if (fastest && fastest.name !== auto.engine)
    advice.push(
      `A small network trained faster on ${fastest.name} than on ${auto.engine}, which auto selects. ` +
        `Try the engine ${fastest.name}.`,
    );
  else advice.push(`No problems found. Keep the engine auto, which selects ${auto.engine}.`);

  const onnx = of("onnx");
  if (onnx && !onnx.works)
    advice.push(
      "ONNX Runtime is by far the fastest engine on a CPU, but it does not work here. Reinstall onnxruntime-node " +
        "(it has no build for some systems, such as Alpine Linux).",
    );
  const webgpu = of("gpujs:webgpu");
  if (webgpu?.software)
    advice.push(
      `WebGPU runs without a GPU (${webgpu.adapter} is software). If this machine has a GPU, install its driver.`,
    );
  if (machine.load > machine.cores + 0.5)
    advice.push(
      `The machine is busy (load ${machine.load.toFixed(1)} on ${machine.cores} cores): the times above are longer than on an idle machine.`,
    );
  if (machine.memory.free < 1.5 * GIB)
    advice.push(
      `Only ${(machine.memory.free / GIB).toFixed(1)} GiB of memory are free, but the default training needs about 1 GiB: ` +
        "close other programs, or lower train.batch.",
    );
  if (!cache.writable)
    advice.push(
      `Data sets cannot be cached in ${cache.path} and are prepared again for every run. ` +
        "Set IMAGEFN_CACHE to a writable folder.",
    );
  return advice;
}

/** The engine with the shortest training step. */
const fastestOf = (engines: readonly EngineReport[]): EngineReport | undefined =>
  engines
    .filter((engine) => engine.stepSeconds !== undefined)
    .sort((a, b) => a.stepSeconds! - b.stepSeconds!)
    .at(0);
