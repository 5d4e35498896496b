// All files of an explorer: the page, its scripts, the generator as .onnx. The server and `export --web` share them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { ImagefnError } from "@imagefn/base";
import { exportOnnx } from "@imagefn/ops";
import { drawsFunctions, functionProgram, parameterCount, type Trained, version } from "@imagefn/runs";
import type { CmFunc } from "@imagefn/transformer";
import type { About } from "./about.js";
import { bundleScripts } from "./bundle.js";
import { explorerPage } from "./page.js";
import { explorerStyle } from "./style.js";

export interface SiteFile {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** Files by their names, all in one folder. */
export type Site = ReadonlyMap<string, SiteFile>;

/**
 * The files of an explorer for a run.
 * @throws ImagefnError when the run's generator makes no image functions.
 */
export async function explorerSite(trained: Trained): Promise<Site> {
  const { run, generator, classes, step } = trained;
  const { config } = run;
  if (!drawsFunctions(generator))
    throw new ImagefnError(
      "invalid-option",
      `the run ${run.path} trains generator.kind ${config.generator.kind}, which makes images of one size and no image ` +
        "functions to explore. Take a run of generator.kind func, or `imagefn sample` for this one.",
    );
  const about: About = {
    name: basename(run.path),
    step,
    parameters: parameterCount(generator),
    size: config.data.size,
    shape: generator.shape,
    seed: config.seed,
    classes,
    architecture: generator.config.inr,
  };
  const text = (type: string, content: string): SiteFile => ({
    type,
    bytes: new TextEncoder().encode(content),
  });
  return new Map([
    ["index.html", text("text/html; charset=utf-8", explorerPage(about))],
    ["style.css", text("text/css; charset=utf-8", explorerStyle)],
    ["run.json", text("application/json", JSON.stringify(about))],
    ["generator.onnx", { type: "application/octet-stream", bytes: functionsModel(trained, generator) }],
    ["ort.wasm", { type: "application/wasm", bytes: runtime() }],
    ...(await bundleScripts()).map(([name, bytes]): [string, SiteFile] => [
      name,
      { type: "text/javascript; charset=utf-8", bytes },
    ]),
  ]);
}

/** From z [1, 3, h, w], and a label [1] where there are classes, to the layers of one image function. */
function functionsModel({ weights, step, ema }: Trained, generator: CmFunc): Uint8Array {
  return exportOnnx({
    name: "functions",
    outputs: Object.fromEntries(functionProgram(generator, 1).outputs),
    weights: new Map([...weights].map(([path, value]) => [`params.${path}`, value])),
    metadata: { format: "imagefn.functions", version, step: String(step), ema: String(ema) },
  });
}

/** ONNX Runtime as WebAssembly. */
function runtime(): Uint8Array {
  const entry = createRequire(import.meta.url).resolve("onnxruntime-web/wasm");
  return readFileSync(join(dirname(entry), "ort-wasm-simd-threaded.wasm"));
}
