// All files of an explorer: the page, its scripts, the generator as .onnx. They are served, or written into a folder.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { ImagefnError, quoted } from "@imagefn/base";
import { functionScale } from "@imagefn/consistency";
import { drawsFunctions, functionsModel, parameterCount, type Trained } from "@imagefn/runs";
import type { About } from "./about.js";
import { explorerPage } from "./page.js";
import { explorerStyle } from "./style.js";

/** One file of a site. */
export interface SiteFile {
  /** Media type, such as `text/css; charset=utf-8`. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** A page and everything it loads: files by name, all in one folder. */
export type Site = ReadonlyMap<string, SiteFile>;

/**
 * The explorer of a run as a site: a page in which the run's generator makes image functions and draws them as the
 * reader zooms and pans. It takes 15 MB and the size of the generator. The files refer to each other by relative
 * addresses, and to nothing else.
 * @param trained the run with the weights to use, as `openTrained` of @imagefn/runs gives it
 * @throws ImagefnError `no-functions` if the run's generator makes images of one size instead of image functions
 */
export async function explorerSite(trained: Trained): Promise<Site> {
  const { run, generator, classes, step } = trained;
  const { config } = run;
  if (!drawsFunctions(generator)) {
    const { kind } = config.generator;
    throw new ImagefnError(
      "no-functions",
      `the run ${quoted(run.path)} trains generator.kind ${kind}, which makes images of one size and no image functions to explore.`,
      { path: run.path, kind },
    );
  }
  const about: About = {
    name: basename(resolve(run.path)),
    step,
    parameters: parameterCount(generator),
    size: config.data.size,
    shape: generator.shape,
    seed: config.seed,
    classes,
    architecture: generator.config.inr,
    scale: functionScale(config.train.parameterisation),
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
    ...builtFiles(),
  ]);
}

/** Where the package's build leaves scripts, licences, and ONNX Runtime as WebAssembly. */
const built = fileURLToPath(new URL("../site/", import.meta.url));

const types: Record<string, string> = {
  ".js": "text/javascript; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/** The files that are the same for every run. */
function builtFiles(): [name: string, file: SiteFile][] {
  if (!existsSync(built)) throw new Error(`viewer: ${built} is missing; \`npm run build\` makes it`);
  return readdirSync(built).map((stored) => {
    const bytes = readFileSync(join(built, stored));
    const name = stored.replace(/\.gz$/, "");
    return [name, { type: types[extname(name)], bytes: name === stored ? bytes : gunzipSync(bytes) }];
  });
}
