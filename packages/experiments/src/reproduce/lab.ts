// Where experiments are carried out: the engine, the folder of results, and what several measurements share.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, writeAtomic } from "@imagefn/base";
import { fidNetwork, nsfwjsNetwork, type ReadyNetwork } from "@imagefn/metrics";
import type { Engine } from "@imagefn/ops";
import { type Config, type Data, loadData, openTrained, type Progress, type Trained } from "@imagefn/runs";
import { type Listener, report } from "../listener.js";
import type { Contender } from "./contender.js";
import { digest } from "./digest.js";
import type { Scale } from "./names.js";

/** A contender whose run is finished. */
export interface Subject {
  readonly contender: Contender;
  readonly config: Config;
  /** Its run folder. */
  readonly folder: string;
  trained(): Promise<Trained>;
}

export interface LabOptions {
  readonly scale: Scale;
  /** The folder of all results. */
  readonly out: string;
  readonly engine: Engine;
  readonly threads: number;
  /** Folders of weight files. */
  readonly weights: readonly string[];
  /** Images of one evaluation. */
  readonly count: number;
  /** Seconds for which each speed is measured. */
  readonly seconds: number;
  readonly listener: Listener;
}

export interface Lab extends LabOptions {
  /** Reports progress; throws after an abort. */
  progress(progress: Progress): void;
  message(text: string): void;
  throwIfAborted(): void;
  /** The data of a configuration, loaded once. */
  data(config: Config): Promise<Data>;
  /**
   * Inception-2015 with the user's weights and the Inception of nsfwjs, or the reason they are unavailable; loaded
   * once.
   */
  networks(): Promise<
    readonly { readonly name: "inception" | "nsfwjs"; readonly ready: ReadyNetwork | string }[]
  >;
  /** A value that is computed once for everything that it is `about`, and kept as a file in `folder`. */
  cached<T>(folder: string, name: string, about: unknown, compute: () => Promise<T>): Promise<T>;
  subject(contender: Contender, config: Config, folder: string): Subject;
}

/** Calls once for each key and remembers the promise. */
function once<T>(): (key: string, make: () => Promise<T>) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key, make) => {
    if (!known.has(key)) known.set(key, make());
    return known.get(key)!;
  };
}

export function openLab(options: LabOptions): Lab {
  const { weights, listener } = options;
  const data = once<Data>();
  const networks = once<Awaited<ReturnType<Lab["networks"]>>>();
  const runs = once<Trained>();
  const progress = (at: Progress) => report(listener, at);
  return {
    ...options,
    progress,
    message: (text) => listener.onMessage?.(text),
    throwIfAborted: () => listener.signal?.throwIfAborted(),
    data: (config) =>
      data(JSON.stringify([config.data, config.seed]), () =>
        loadData(config, (step, total) => progress({ phase: "data", step, total, unit: "images" })),
      ),
    networks: () =>
      networks("", async () => [
        { name: "inception", ready: await fidNetwork(weights, "legacy_tensorflow") },
        { name: "nsfwjs", ready: await nsfwjsNetwork() },
      ]),
    async cached(folder, name, about, compute) {
      const path = join(folder, `${name}-${digest(about)}.json`);
      const kept = keptValue(path, about);
      if (kept !== undefined) return kept.value;
      const value = await compute();
      makeFolder(folder);
      await writeAtomic(path, `${JSON.stringify({ about, value }, null, 2)}\n`);
      return value;
    },
    subject: (contender, config, folder) => ({
      contender,
      config,
      folder,
      trained: () => runs(folder, () => openTrained(folder, {})),
    }),
  };
}

/** What a file of measurements holds; undefined, to be measured again, where there is none or it is damaged. */
function keptValue(path: string, about: unknown): { value: never } | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const kept = JSON.parse(readFileSync(path, "utf8"));
    return JSON.stringify(kept.about) === JSON.stringify(about) && "value" in kept ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** The folder of a run's measurements. */
export const measurements = ({ folder }: Subject): string => join(folder, "measured");
