// Times of engines that were measured on this machine, in a file of the cache folder: the same job is not measured twice.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { makeFolder, writeAtomic } from "@imagefn/base";
import type { EngineTime } from "@imagefn/ops";
import type { Config } from "../config/schema.js";
import { version } from "../version.js";
import { engineVersions } from "./versions.js";

/** The times of one job. */
export interface MeasuredJob {
  /** When, as an ISO date. */
  readonly at: string;
  /** The GPU's name. */
  readonly adapter: string;
  /** What was measured, in words: "func, 32 x 32, batch 64". */
  readonly job: string;
  readonly times: readonly EngineTime[];
}

type Stored = Record<string, MeasuredJob>;

const fileIn = (folder: string): string => join(folder, "engines.json");

/** The driver as the kernel knows it; its version where there is one. */
function driver(): string {
  try {
    return readFileSync("/proc/driver/nvidia/version", "utf8").split("\n")[0];
  } catch {
    return release();
  }
}

/** What times depend on: adapter, driver, versions, threads and the program, which follows from the settings. */
export function keyOf(adapter: string, { engine, generator, data, train }: Config): string {
  const { steps: _steps, learningRate: _rate, teacher: _teacher, ...step } = train;
  const network = { kind: generator.kind, ...generator[generator.kind] };
  const versions = { imagefn: version, node: process.versions.node, ...engineVersions() };
  const parts = [adapter, driver(), versions, engine, network, data.size, step];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

/** In words, for people. */
export const jobOf = ({ generator, data, train }: Config): string =>
  `${generator.kind}, ${data.size} x ${data.size}, batch ${train.batch}`;

/** All that was measured with this folder. A file that cannot be read counts as none. */
export function measuredJobs(folder: string): Stored {
  try {
    const { jobs } = JSON.parse(readFileSync(fileIn(folder), "utf8"));
    return typeof jobs === "object" && jobs !== null ? jobs : {};
  } catch {
    return {};
  }
}

/** Adds a job. A folder that cannot be written to only costs another measurement. */
export async function remember(folder: string, key: string, job: MeasuredJob): Promise<void> {
  try {
    makeFolder(folder);
    const jobs = { ...measuredJobs(folder), [key]: job };
    await writeAtomic(fileIn(folder), JSON.stringify({ jobs }, null, 1));
  } catch {
    // Nothing depends on it.
  }
}
