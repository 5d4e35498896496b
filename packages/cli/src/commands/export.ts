// `imagefn export`: a run's generator, or an image function, as an .onnx file; or the explorer as a folder.
import { statSync } from "node:fs";
import { type Exported, exportFunctionFile, openRun, openTrained } from "@imagefn/runs";
import { explorerSite, writeSite } from "@imagefn/viewer";
import { UsageError } from "../errors.js";
import { cleanInterrupt } from "../interrupt.js";
import type { ExportOptions } from "../options/export.js";
import { placeOf } from "../shippedRun.js";

/** Writes the model, prints its path, and describes its inputs and outputs on stderr. */
export async function run(options: ExportOptions): Promise<void> {
  cleanInterrupt();
  const { run: path, web } = options;
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  if (web !== undefined) return webFolder(options, web, isFile);
  if (isFile) refuseSampling(options);
  else if (options.what === "generator") refuseChoice(options);
  const { path: written, about } = isFile
    ? await exportFunctionFile(path, options)
    : await exported(path, options);
  process.stderr.write(`${about}\n`);
  process.stdout.write(`${written}\n`);
}

async function exported(name: string, options: ExportOptions): Promise<Exported> {
  const { path, folder } = placeOf(name);
  return (await openRun(path)).export({ ...options, folder });
}

/** Writes the page of `imagefn explore` as a folder and prints its path. */
async function webFolder({ run, ema }: ExportOptions, folder: string, isFile: boolean): Promise<void> {
  if (isFile)
    throw new UsageError(
      `--web requires a run folder, whose generator the page contains, and ${run} is a file.`,
    );
  const trained = await openTrained(placeOf(run).path, { ema });
  await writeSite(await explorerSite(trained), folder);
  process.stderr.write(`${trained.origin}; open it over http, as with \`npx http-server ${folder}\`\n`);
  process.stdout.write(`${folder}\n`);
}

/** A generator makes every function: there is nothing to choose. */
function refuseChoice(options: ExportOptions): void {
  for (const name of ["seed", "class"] as const)
    if (options[name] !== undefined)
      throw new UsageError(
        `--${name} requires --what function: it chooses an image function. Add --what function, ` +
          `or leave --${name} out.`,
      );
}

/** A file holds one image function: there is nothing to choose. */
function refuseSampling(options: ExportOptions): void {
  for (const name of ["seed", "class", "ema"] as const)
    if (options[name] !== undefined)
      throw new UsageError(`--${name} applies to a run, and ${options.run} is a file. Leave it out.`);
}
