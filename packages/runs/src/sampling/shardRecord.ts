// What is written beside the pictures of a shard: that it is complete, and what it was made with.
import { type Machine, type Shard, writeAtomic } from "@imagefn/base";
import { version } from "../version.js";
import type { Trained } from "./trained.js";

/** Which samples a shard made, and on what. */
interface ShardRecord extends Machine {
  readonly shard: Shard;
  /** Samples of this shard. */
  readonly samples: number;
  /** As asked for: of all shards together; with `byClass`, for each class. */
  readonly count: number;
  readonly seed: number;
  readonly guidance?: number;
}

/** Writes PREFIX-shard3of16.json. */
export async function writeShardRecord(
  prefix: string,
  { run, step, ema }: Trained,
  { shard, samples, count, seed, guidance, engine, threads, cpu }: ShardRecord,
): Promise<void> {
  const record = {
    imagefn: version,
    run: run.path,
    step,
    ema,
    seed,
    // Left out at 1, where there is none.
    guidance: guidance === 1 ? undefined : guidance,
    count,
    shard,
    samples,
    engine,
    threads,
    cpu,
  };
  await writeAtomic(
    `${prefix}-shard${shard.index}of${shard.of}.json`,
    `${JSON.stringify(record, null, 2)}\n`,
  );
}
