// What to do, given what was found.
import type { EngineReport, Report } from "./report.js";

const GIB = 2 ** 30;

/** Sentences, the most important first. */
export function adviceFor({ machine, cache, engines, auto }: Omit<Report, "advice">): string[] {
  const advice: string[] = [];
  const of = (name: EngineReport["name"]) => engines.find((engine) => engine.name === name);
  const fastest = fastestOf(engines);
  if (auto.engine === undefined)
    advice.push("No engine works here: install imagefn again, with `npm install imagefn`.");
  else if (fastest && fastest.name !== auto.engine)
    advice.push(
      `A small network trained faster on ${fastest.name} than on ${auto.engine}, which auto takes. ` +
        `Try --engine ${fastest.name}.`,
    );
  else advice.push(`All is well: leave --engine at auto, which takes ${auto.engine}.`);

  const onnx = of("onnx");
  if (onnx && !onnx.works)
    advice.push(
      "ONNX Runtime is by far the fastest engine on a CPU, and it does not work here: install onnxruntime-node again " +
        "(it has no build for some systems, such as Alpine Linux).",
    );
  const webgpu = of("gpujs:webgpu");
  if (webgpu?.software)
    advice.push(
      `WebGPU has no GPU behind it (${webgpu.adapter} is software). If this machine has one, install its driver.`,
    );
  if (machine.load > machine.cores + 0.5)
    advice.push(
      `The machine is busy (load ${machine.load.toFixed(1)} on ${machine.cores} cores): everything above is faster when it is not.`,
    );
  if (machine.memory.free < 1.5 * GIB)
    advice.push(
      `Only ${(machine.memory.free / GIB).toFixed(1)} GiB of memory are free, and the default training takes about 1: ` +
        "end other programs, or lower train.batch.",
    );
  if (!cache.writable)
    advice.push(
      `Data sets cannot be kept in ${cache.path}, and are prepared again for every run: ` +
        "set IMAGEFN_CACHE to a folder that can be written.",
    );
  return advice;
}

/** The engine with the shortest training step. */
const fastestOf = (engines: readonly EngineReport[]): EngineReport | undefined =>
  engines
    .filter((engine) => engine.stepSeconds !== undefined)
    .sort((a, b) => a.stepSeconds! - b.stepSeconds!)
    .at(0);
