// `imagefn export`: a run's generator, or an image function, as a file; or the explorer or the studio as a folder.
import { statSync } from "node:fs";
import { quoted } from "@imagefn/base";
import { type Exported, exportFunctionFile, formatOf, openRun, openTrained } from "@imagefn/runs";
import { explorerSite, studioSite, writeSite } from "@imagefn/viewer";
import { shellWord } from "../commandText.js";
import { flagOf, UsageError } from "../errors.js";
import { cleanInterrupt } from "../interrupt.js";
import type { ExportOptions } from "../options/export.js";
import type { Print } from "../output.js";
import { placeOf } from "../shippedRun.js";

/** Writes the model, prints its path, and describes its inputs and outputs on stderr. */
export async function run(options: ExportOptions, print: Print): Promise<object> {
  cleanInterrupt();
  if (options.studio !== undefined) return studioFolder(options.studio, print);
  // Only the studio has no run.
  const path = options.run!;
  const { web } = options;
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  if (web !== undefined) return webFolder(path, options.ema, web, isFile, print);
  if (isFile) refuseSampling(options);
  else if (options.what === "generator") refuseChoice(options);
  const { path: written, about } = isFile
    ? await exportFunctionFile(path, options)
    : await exported(path, options);
  process.stderr.write(`${about}\n`);
  print(`${quoted(written)}\n`);
  return { model: written, about };
}

async function exported(name: string, options: ExportOptions): Promise<Exported> {
  const { path, folder } = placeOf(name);
  return (await openRun(path)).export({ ...options, folder });
}

/** Writes the page of `imagefn explore` as a folder and prints its path. */
async function webFolder(
  run: string,
  ema: ExportOptions["ema"],
  folder: string,
  isFile: boolean,
  print: Print,
): Promise<object> {
  if (isFile)
    throw new UsageError(
      `--web requires a run folder, whose generator the page contains, and ${quoted(run)} is a file.`,
    );
  const trained = await openTrained(placeOf(run).path, { ema });
  await writeSite(await explorerSite(trained), folder);
  process.stderr.write(`${trained.origin}; ${howToOpen(folder)}\n`);
  print(`${quoted(folder)}\n`);
  return { web: folder, run };
}

/** Writes the page of `imagefn studio` as a folder and prints its path. */
async function studioFolder(folder: string, print: Print): Promise<object> {
  await writeSite(await studioSite(), folder);
  process.stderr.write(
    `${howToOpen(folder)}. It trains in threads where the server sends Cross-Origin-Opener-Policy: same-origin and ` +
      "Cross-Origin-Embedder-Policy: require-corp\n",
  );
  print(`${quoted(folder)}\n`);
  return { studio: folder };
}

const howToOpen = (folder: string): string =>
  `open it over http, as with \`npx http-server ${shellWord(folder)}\``;

/** A generator makes every function: there is nothing to choose. */
function refuseChoice(options: ExportOptions): void {
  const format = formatOf(options);
  if (format !== "onnx")
    throw new UsageError(
      `the format ${format} requires --what function: a generator is written as onnx only. Add --what function.`,
    );
  for (const name of ["seed", "class", "guidance"] as const)
    if (options[name] !== undefined)
      throw new UsageError(
        `--${name} requires --what function: it is about one image function. Add --what function, ` +
          `or leave --${name} out.`,
      );
}

/** A file holds one image function: there is nothing to choose. */
function refuseSampling(options: ExportOptions): void {
  for (const name of ["seed", "class", "steps", "plainLevels", "guidance", "ema"] as const)
    if (options[name] !== undefined)
      throw new UsageError(
        `${flagOf(name)} applies to a run, and ${quoted(options.run!)} is a file. Leave it out.`,
      );
}
