// The engine of one of several processes on a machine.
import { availableParallelism, cpus } from "node:os";
import type { Config } from "../config/schema.js";
import type { Ranks } from "./ranks.js";

/** The engine's settings on this machine, whose cores several processes may share. */
export function engineHere(engine: Config["engine"], { local }: Ranks): Config["engine"] {
  if (engine.threads !== 0 || local.size === 1) return engine;
  const threads = Math.min(availableParallelism(), Math.max(1, Math.floor(cpus().length / local.size)));
  return { ...engine, threads };
}
