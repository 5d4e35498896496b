// Where experiments are carried out: the engine, the folder of results, and whatever several measurements share.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, writeAtomic } from "@imagefn/base";
import { fidNetwork, nsfwjsNetwork, type ReadyNetwork } from "@imagefn/metrics";
import type { Engine } from "@imagefn/ops";
import {
  type Config,
  type Data,
  loadData,
  openTrained,
  type ProgressWriter,
  type Trained,
} from "@imagefn/runs";
import type { Contender } from "./experiment.js";
import type { Scale } from "./scales.js";

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
  /** How long each speed is measured. */
  readonly seconds: number;
  readonly progress: ProgressWriter;
}

export interface Lab extends LabOptions {
  /** The data of a configuration, loaded once. */
  data(config: Config): Promise<Data>;
  /** Inception-2015 with the user's weights and the Inception of nsfwjs, or why they are not to be had; loaded once. */
  networks(): Promise<
    readonly { readonly name: "inception" | "nsfwjs"; readonly ready: ReadyNetwork | string }[]
  >;
  /** A value that is computed once for everything that it is `about`, and kept as a file in `folder`. */
  cached<T>(folder: string, name: string, about: unknown, compute: () => Promise<T>): Promise<T>;
  subject(contender: Contender, config: Config, folder: string): Subject;
}

/** The first hexadecimal digits of the SHA-256 of a plain value. */
export const digest = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 10);

/** Calls once for each key and remembers the promise. */
function once<T>(): (key: string, make: () => Promise<T>) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key, make) => {
    if (!known.has(key)) known.set(key, make());
    return known.get(key)!;
  };
}

export function openLab(options: LabOptions): Lab {
  const { weights, progress } = options;
  const data = once<Data>();
  const networks = once<Awaited<ReturnType<Lab["networks"]>>>();
  const runs = once<Trained>();
  return {
    ...options,
    data: (config) =>
      data(JSON.stringify([config.data, config.seed]), () =>
        loadData(config, (step, total) => progress.update({ phase: "data", step, total, unit: "images" })),
      ),
    networks: () =>
      networks("", async () => [
        { name: "inception", ready: await fidNetwork(weights, "legacy_tensorflow") },
        { name: "nsfwjs", ready: await nsfwjsNetwork() },
      ]),
    async cached(folder, name, about, compute) {
      const path = join(folder, `${name}-${digest(about)}.json`);
      if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")).value;
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

/** The folder of a run's measurements. */
export const measurements = ({ folder }: Subject): string => join(folder, "measured");
