// Looks at the machine and tries the engines, each in a process of its own.
import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import os from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { engineNames } from "@imagefn/ops/names";
import { measuredJobs } from "../engine/measured.js";
import { engineVersions } from "../engine/versions.js";
import { processor } from "../machine.js";
import { version } from "../version.js";
import { findingsOf } from "./findingsOf.js";
import type { EngineReport, Found, Report } from "./report.js";

/** An engine that has not answered after this time is stopped. */
const PATIENCE_MS = 60_000;

const probe = fileURLToPath(new URL("./probe.js", import.meta.url));

const tryEngine = (name: string): Promise<Found> => findingsOf<Found>(probe, [name], PATIENCE_MS);

/** Examines machine and engines in about twenty seconds. `onEngine` is called with the name of each engine. */
export async function examine(onEngine: (name: string) => void): Promise<Report> {
  const { version: gpujs } = await import("@imagefn/ops/gpu.js");
  const versions = {
    imagefn: version,
    Node: process.versions.node,
    "gpu.js": gpujs,
    ...engineVersions(),
  };
  const machine = {
    platform: `${os.platform()} ${os.arch()}`,
    ...processor(),
    load: os.loadavg()[0],
    memory: { total: Math.min(os.totalmem(), process.constrainedMemory() || Infinity), free: os.freemem() },
  };
  const engines: EngineReport[] = [];
  // One after the other: together they would slow each other down.
  for (const name of engineNames) {
    if (name === "auto") continue;
    onEngine(name);
    const found = await tryEngine(name);
    engines.push({ ...found, name, works: found.error === undefined });
  }
  const { engine, why, error } = await tryEngine("auto");
  const auto = engine ? { engine: engine, why: why ?? "" } : { why: error ?? "" };
  const { defaultCacheFolder } = await import("@imagefn/datasets");
  const folder = defaultCacheFolder();
  const measured = Object.values(measuredJobs(folder));
  return { versions, machine, cache: cacheState(folder), engines, auto, measured };
}

/** The folder of prepared data sets: whether it, or the nearest existing folder above it, is writable. */
function cacheState(path: string): Report["cache"] {
  let nearest = path;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  let writable = statSync(nearest).isDirectory();
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
  } catch {
    writable = false;
  }
  const files = nearest === path && statSync(path).isDirectory() ? readdirSync(path) : [];
  const bytes = files.reduce((sum, file) => sum + (statSync(join(path, file)).size ?? 0), 0);
  return { path, writable, bytes };
}
