// The folder of one run: where things lie in it, creating it, and reading it back.
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ImagefnError, makeFolder, writeAtomic } from "@imagefn/base";
import { parseConfig } from "../config/layers.js";
import { readYaml } from "../config/read.js";
import type { Config } from "../config/schema.js";
import { configYaml } from "../config/write.js";
import { version } from "../version.js";

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

function runFolder(path: string, config: Config): RunFolder {
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
 * Creates a run folder with its sub-folders and config.yaml.
 * `out` is the folder itself; by default it is `runs/<name>-<YYYYMMDD-HHMMSS>`, with -2, -3, ... when taken.
 * `command` (by default this process's) and `versions` (of engines, say) become comments at the top of config.yaml.
 * Throws a `ImagefnError` when `out` holds a run or anything else.
 */
export async function createRunFolder(
  config: Config,
  {
    out,
    now = new Date(),
    command = commandText(process.argv.slice(2)),
    versions = {},
  }: RunFolderOptions = {},
): Promise<RunFolder> {
  const run = runFolder(out === undefined ? claimDefault(config.name, now) : claim(out), config);
  for (const folder of [run.checkpoints, run.samples, run.functions]) mkdirSync(folder);
  const all = { imagefn: version, Node: process.versions.node, ...versions };
  const header = [
    `Command: ${command}`,
    `Versions: ${Object.entries(all)
      .map(([name, number]) => `${name} ${number}`)
      .join(", ")}`,
    `Started: ${now.toISOString()}`,
  ];
  await writeAtomic(join(run.path, "config.yaml"), configYaml(config, header));
  return run;
}

/** How to create a run folder. */
export interface RunFolderOptions {
  out?: string;
  now?: Date;
  command?: string;
  versions?: Record<string, string>;
}

/** The command as typed, near enough to type again. */
function commandText(args: readonly string[]): string {
  return [
    "imagefn",
    ...args.map((arg) => (/^[\w@%+=:,./[\]-]+$/.test(arg) ? arg : JSON.stringify(arg))),
  ].join(" ");
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

function claim(path: string): string {
  if (existsSync(join(path, "config.yaml"))) {
    throw new ImagefnError(
      "not-a-run",
      `${path} already holds a run, which would be overwritten. Choose another --out, ` +
        `or go on with that run: \`imagefn train --resume ${path}\`.`,
    );
  }
  if (existsSync(path) && (!statSync(path).isDirectory() || readdirSync(path).length > 0)) {
    throw new ImagefnError(
      "not-a-run",
      `${path} exists and is not an empty folder. Choose another --out, or empty it.`,
    );
  }
  makeFolder(path);
  return path;
}

/** Opens an existing run folder. Throws a `ImagefnError` when it is none, or when its config.yaml is broken. */
export function openRunFolder(path: string): RunFolder {
  if (!existsSync(path)) {
    throw new ImagefnError(
      "not-a-run",
      `there is no run folder ${path}. Runs are kept in runs/ unless --out said otherwise.`,
    );
  }
  const configPath = join(path, "config.yaml");
  if (!existsSync(configPath)) {
    const inside = runsIn(path);
    throw new ImagefnError(
      "not-a-run",
      `${path} is not a run folder: expected a folder with config.yaml in it.` +
        (inside.length > 0 ? ` It holds runs, though: ${inside.slice(-3).join(", ")}.` : ""),
    );
  }
  const config = parseConfig([{ source: configPath, values: readYaml(configPath) }]);
  const run = runFolder(path, config);
  for (const folder of [run.checkpoints, run.samples, run.functions]) makeFolder(folder);
  return run;
}

function runsIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [];
  return readdirSync(path)
    .map((name) => join(path, name))
    .filter((child) => existsSync(join(child, "config.yaml")))
    .sort();
}
