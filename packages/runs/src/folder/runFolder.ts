// The folder of one run: its layout, creating it, and opening it.
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ImagefnError, makeFolder, quoted, removeAbandoned, temporaryName, writeAtomic } from "@imagefn/base";
import { schemaText } from "../config/jsonSchema.js";
import { parseConfig } from "../config/layers.js";
import { readYaml } from "../config/read.js";
import type { Config } from "../config/schema.js";
import { schemaFile } from "../config/schemaFile.js";
import { configYaml } from "../config/write.js";
import { version } from "../version.js";
import { lockName, lockRun } from "./lock.js";

/** A run folder: its configuration and the paths of its parts. */
export interface RunFolder {
  path: string;
  config: Config;
  /** log.jsonl */
  log: string;
  /** checkpoints/, of step-XXXXXXXX.safetensors */
  checkpoints: string;
  /** samples/, of PNG grids */
  samples: string;
  /** functions/, of sampled image functions as .safetensors */
  functions: string;
}

/** The paths of a run's parts. Nothing is read or written. */
export function runFolder(path: string, config: Config): RunFolder {
  return {
    path,
    config,
    log: join(path, "log.jsonl"),
    checkpoints: join(path, "checkpoints"),
    samples: join(path, "samples"),
    functions: join(path, "functions"),
  };
}

/** `YYYYMMDD-HHMMSS` in local time. */
export function timeStamp(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}

/**
 * Creates a run folder with its sub-folders, config.yaml and the JSON Schema of that.
 * `out` is the folder itself; by default it is `runs/<name>-<YYYYMMDD-HHMMSS>`, with -2, -3, ... if taken.
 * `command` and `versions` (of engines, for instance) become comments at the top of config.yaml.
 * A folder with nothing but the beginnings of a run that was killed counts as empty.
 * @throws ImagefnError `run-exists` or `folder-not-empty` if `out` contains a run or anything else, `busy` if another
 * process is making a run there
 */
export async function createRunFolder(
  config: Config,
  { out, now = new Date(), command, versions = {} }: RunFolderOptions = {},
): Promise<RunFolder> {
  const wasThere = out !== undefined && existsSync(out);
  const run = runFolder(out === undefined ? claimDefault(config.name, now) : claim(out), config);
  const all = { imagefn: version, Node: process.versions.node, ...versions };
  const header = [
    ...(command === undefined ? [] : [`Command: ${command}`]),
    `Versions: ${Object.entries(all)
      .map(([name, number]) => `${name} ${number}`)
      .join(", ")}`,
    `Started: ${now.toISOString()}`,
  ];
  const unlock = lockRun(run.path);
  try {
    refuseRun(run.path);
    const folders = [run.checkpoints, run.samples, run.functions];
    for (const folder of folders) makeFolder(folder);
    for (const folder of [run.path, ...folders]) removeAbandoned(folder);
    await writeAtomic(
      join(run.path, "config.yaml"),
      configYaml(config, header, { schema: `./${schemaFile}` }),
    );
    // Beside it, so that it is found wherever the folder is moved to, and stays that of this version.
    await writeAtomic(join(run.path, schemaFile), schemaText());
  } catch (error) {
    unlock();
    if ((error as ImagefnError).code !== "run-exists") discardRunFolder(run, { wasThere });
    throw error;
  }
  unlock();
  return run;
}

/**
 * Removes the files of `createRunFolder` and of training before its first step. Also removes the folder itself if it
 * was created for the run (`wasThere` false) and contains nothing else. Never throws, so as not to hide another error.
 */
export function discardRunFolder(run: RunFolder, { wasThere }: { wasThere: boolean }): void {
  try {
    const files = [run.log, ...[schemaFile, "config.yaml"].map((name) => join(run.path, name))];
    for (const made of [run.checkpoints, run.samples, run.functions, ...files])
      rmSync(made, { recursive: true, force: true });
    if (!wasThere) rmdirSync(run.path);
  } catch {
    // The folder is not empty or is in use: leave the rest.
  }
}

/** How to create a run folder. */
export interface RunFolderOptions {
  out?: string;
  now?: Date;
  command?: string;
  versions?: Record<string, string>;
}

function claimDefault(name: string, now: Date): string {
  makeFolder("runs");
  const stem = join("runs", `${name}-${timeStamp(now)}`);
  for (let attempt = 1; ; attempt++) {
    const path = attempt === 1 ? stem : `${stem}-${attempt}`;
    try {
      mkdirSync(path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/**
 * Refuses a folder in which no new run can be created; nothing is written.
 * @throws ImagefnError `run-exists` or `folder-not-empty`
 */
export function refuseTaken(path: string): void {
  refuseRun(path);
  if (existsSync(path) && !(statSync(path).isDirectory() && isUnused(path)))
    throw new ImagefnError("folder-not-empty", `${quoted(path)} exists and is not an empty folder.`, {
      path,
    });
}

function claim(path: string): string {
  refuseTaken(path);
  makeFolder(path);
  return path;
}

function refuseRun(path: string): void {
  if (existsSync(join(path, "config.yaml")))
    throw new ImagefnError(
      "run-exists",
      `${quoted(path)} already contains a run, which would be overwritten.`,
      { path },
    );
}

/** Whether a folder is empty but for what a run leaves that is killed before it has a config.yaml. */
function isUnused(path: string): boolean {
  return readdirSync(path, { withFileTypes: true }).every((entry) => {
    if (entry.isFile()) return entry.name === lockName || temporaryName.test(entry.name);
    const made = ["checkpoints", "samples", "functions"].includes(entry.name) && entry.isDirectory();
    return made && readdirSync(join(path, entry.name)).every((name) => temporaryName.test(name));
  });
}

/**
 * Opens an existing run folder.
 * @throws ImagefnError `not-a-run` if it is not a run folder, `invalid-config` if its config.yaml is broken
 */
export function openRunFolder(path: string): RunFolder {
  if (!existsSync(path))
    throw new ImagefnError("not-a-run", `there is no run folder ${quoted(path)}.`, { path });
  const configPath = join(path, "config.yaml");
  if (!existsSync(configPath)) {
    const runs = runsIn(path).slice(-3);
    throw new ImagefnError(
      "not-a-run",
      `${quoted(path)} is not a run folder: expected a folder with a config.yaml.` +
        (runs.length > 0 ? ` It contains runs: ${runs.map(quoted).join(", ")}.` : ""),
      { path, runs },
    );
  }
  const config = parseConfig([{ source: quoted(configPath), values: readYaml(configPath) }]);
  return runFolder(path, config);
}

/** Makes the sub-folders that are missing. Only training calls it: a run can be read where nothing can be written. */
export function makeSubFolders(run: RunFolder): void {
  for (const folder of [run.checkpoints, run.samples, run.functions]) makeFolder(folder);
}

function runsIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [];
  return readdirSync(path)
    .map((name) => join(path, name))
    .filter((child) => existsSync(join(child, "config.yaml")))
    .sort();
}
