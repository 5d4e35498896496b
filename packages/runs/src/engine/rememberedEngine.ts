// The engine that was measured to be the fastest for a configuration, where one was: for what does not measure by itself.
import { type Engine, engine, fastest, findAdapter, reasonOf } from "@imagefn/ops";
import type { Config } from "../config/schema.js";
import { engineOf } from "../sampling/network.js";
import { keyOf, measuredJobs } from "./measured.js";

/** Where times are kept, and what finds the GPU. */
export interface Places {
  readonly folder?: string;
  readonly adapterHere?: typeof findAdapter;
}

/** What a training with this configuration measured on this machine, if it says "auto", and if that still works. */
export async function rememberedEngine(
  config: Config,
  { folder, adapterHere = findAdapter }: Places = {},
): Promise<{ engine: Engine; why: string } | undefined> {
  const { name, threads, spinning } = config.engine;
  if (name !== "auto") return undefined;
  // Takes a moment to load, as looking for a GPU does.
  const jobs = measuredJobs(folder ?? (await import("@imagefn/datasets")).defaultCacheFolder());
  if (Object.keys(jobs).length === 0) return undefined;
  const adapter = await adapterHere();
  if (!("name" in adapter) || adapter.software) return undefined;
  const known = jobs[keyOf(adapter.name, config)];
  if (!known) return undefined;
  const best = fastest(known.times).name as Config["engine"]["name"];
  // What worked then may not now; then it is measured again.
  const found = await engine({ name: best, threads, spinning }).catch(() => undefined);
  if (!found) return undefined;
  return { engine: found.engine, why: `${reasonOf(known.times)}, measured on ${known.at.slice(0, 10)}` };
}

/** Fewer samples are made on the CPU before a GPU has compiled its kernels. */
const MANY = 1000;

/** The engine for so many samples of a run: for many, the one that its training was measured to be the fastest on. */
export const samplingEngine = async (
  config: Config,
  samples: number,
  places?: Places,
): Promise<{ engine: Engine; why: string }> =>
  (samples < MANY ? undefined : await rememberedEngine(config, places)) ?? engineOf(config);
