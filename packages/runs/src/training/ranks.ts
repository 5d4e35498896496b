// Several processes that train one run together: what the first of them decides or reads, the others are told.
import { ImagefnError } from "@imagefn/base";
import type { Ranks as Summing } from "@imagefn/consistency";
import type { HostArray } from "@imagefn/ops";
import type { Config } from "../config/schema.js";
import type { TrainingData } from "../data/trainingData.js";
import type { Checkpoint } from "../folder/checkpoint.js";
import type { Teacher } from "./teacher.js";

/** A process among several that train together: that of `joinMpi` in @imagefn/distributed fits. */
export interface Ranks extends Summing {
  /** The name of this machine, for messages. */
  readonly host: string;
  /** Which of the processes on this machine this one is, and how many there are. */
  readonly local: { readonly rank: number; readonly size: number };
  /** Seconds that an exchange may take. */
  patience: number;
  sum(values: Float32Array | Float64Array): Promise<void>;
  /** Replaces an array by that of rank 0. */
  broadcast(values: Float32Array | Float64Array | Int32Array | Uint8Array): Promise<void>;
  /** Waits for all of them. */
  barrier(): Promise<void>;
}

/** One process that trains by itself. */
export const alone: Ranks = {
  rank: 0,
  size: 1,
  host: "",
  local: { rank: 0, size: 1 },
  patience: Number.POSITIVE_INFINITY,
  sum: async () => {},
  broadcast: async () => {},
  barrier: async () => {},
};

/** Whether this process writes the run folder and decides. */
export const leads = ({ rank }: Ranks): boolean => rank === 0;

/** Numbers of rank 0, in all of them. */
export async function agreed(ranks: Ranks, ...numbers: number[]): Promise<number[]> {
  const values = Float64Array.from(numbers);
  await ranks.broadcast(values);
  return [...values];
}

/** A value of rank 0, as JSON, in all of them; `value` counts there alone. */
export async function told<T>(ranks: Ranks, value: T): Promise<T> {
  if (ranks.size === 1) return value;
  const text = new TextEncoder().encode(leads(ranks) ? JSON.stringify(value ?? null) : "");
  const [length] = await agreed(ranks, text.length);
  const bytes = leads(ranks) ? text : new Uint8Array(length);
  await ranks.broadcast(bytes);
  return leads(ranks) ? value : JSON.parse(new TextDecoder().decode(bytes));
}

/** The checkpoint that rank 0 has read, in all of them: no other needs to see the folder. */
export async function toldCheckpoint(
  ranks: Ranks,
  own: Checkpoint | undefined,
): Promise<Checkpoint | undefined> {
  if (ranks.size === 1) return own;
  const header = await told(ranks, own && { path: own.path, position: own.position });
  return header ? { ...header, state: await toldArrays(ranks, own?.state) } : undefined;
}

/** The teacher that rank 0 has read, in all of them. */
export async function toldTeacher(ranks: Ranks, own: Teacher | undefined): Promise<Teacher | undefined> {
  if (ranks.size === 1) return own;
  const header = await told(ranks, own && { classes: own.classes, origin: own.origin });
  return header ? { ...header, weights: await toldArrays(ranks, own?.weights) } : undefined;
}

async function toldArrays(
  ranks: Ranks,
  own: ReadonlyMap<string, HostArray> | undefined,
): Promise<Map<string, HostArray>> {
  const shapes = await told(
    ranks,
    [...(own ?? [])].map(([name, { shape }]) => [name, shape] as const),
  );
  const arrays = new Map<string, HostArray>();
  for (const [name, shape] of shapes) {
    const data = own?.get(name)?.data ?? new Float32Array(shape.reduce((a, b) => a * b, 1));
    await ranks.broadcast(data);
    arrays.set(name, { shape, data });
  }
  return arrays;
}

/**
 * Loads images on all ranks: on each machine one first, so that a cache is prepared once. It may take any time.
 * @throws ImagefnError `invalid-data` if they are not the same everywhere
 */
export async function loadedInTurn(ranks: Ranks, load: () => Promise<TrainingData>): Promise<TrainingData> {
  if (ranks.size === 1) return load();
  const { patience } = ranks;
  ranks.patience = Number.POSITIVE_INFINITY;
  const first = ranks.local.rank === 0 ? await load() : undefined;
  await ranks.barrier();
  const data = first ?? (await load());
  const mine = { count: data.count, digest: data.digest, classes: data.classes, host: ranks.host };
  const { host, ...others } = await told(ranks, mine);
  const differs = (["count", "digest", "classes"] as const).some(
    (key) => JSON.stringify(others[key]) !== JSON.stringify(mine[key]),
  );
  if (differs)
    throw new ImagefnError(
      "invalid-data",
      `the training images on ${ranks.host} (${data.title}) are not those on ${host} (${others.count ?? "some"} images): ` +
        "each machine needs the same files under the same names.",
    );
  ranks.patience = patience;
  return data;
}

/** Refuses batches that cannot be shared out equally, and what only one process can do. */
export function checkShares({ pretrain, train }: Config, { size }: Pick<Ranks, "size">): void {
  if (size > 1 && train.drift !== null)
    throw new ImagefnError(
      "invalid-config",
      `train.drift is ${train.drift}, but ${size} processes train together: samples would drift in each of them alone (expected null).`,
      { field: "train.drift" },
    );
  const parts = { pretrain: size, train: size * train.accumulate } as const;
  for (const phase of ["pretrain", "train"] as const) {
    const { batch } = phase === "train" ? train : pretrain;
    if (batch % parts[phase] === 0 || (phase === "pretrain" && pretrain.steps === 0)) continue;
    const by =
      phase === "train" && train.accumulate > 1
        ? `${size} processes x train.accumulate ${train.accumulate}`
        : `${size} processes`;
    throw new ImagefnError(
      "invalid-config",
      `${phase}.batch is ${batch}, which ${by} cannot share out equally (expected a multiple of ${parts[phase]}).`,
      { field: `${phase}.batch` },
    );
  }
}

/** The batches of a configuration as those of each process: those of all of them together. */
export const perRank = (config: Config, { size }: Pick<Ranks, "size">): Config => ({
  ...config,
  pretrain: { ...config.pretrain, batch: config.pretrain.batch * size },
  train: { ...config.train, batch: config.train.batch * size },
});
