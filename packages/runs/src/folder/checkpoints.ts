// The checkpoints of a run: naming, finding the latest, keeping the last few.
import { existsSync, readdirSync } from "node:fs";
import { type FileHandle, unlink } from "node:fs/promises";
import { join } from "node:path";
import { ImagefnError, quoted, temporaryName, writeAtomic } from "@imagefn/base";
import { checkpointName } from "./checkpointFile.js";
import type { RunFolder } from "./runFolder.js";

/** A checkpoint on disk. */
export interface Checkpoint {
  step: number;
  path: string;
}

/** The path of the checkpoint after `step` steps: checkpoints/step-XXXXXXXX.safetensors. */
export function checkpointPath(run: RunFolder, step: number): string {
  return join(run.checkpoints, checkpointName(step));
}

/** The checkpoints of a run, lowest step first. Temporary and other files are skipped. */
export function listCheckpoints(run: RunFolder): Checkpoint[] {
  if (!existsSync(run.checkpoints)) return [];
  return readdirSync(run.checkpoints)
    .flatMap((name) => {
      const match = /^step-(\d{8,})\.safetensors$/.exec(name);
      return match === null ? [] : [{ step: Number(match[1]), path: join(run.checkpoints, name) }];
    })
    .sort((a, b) => a.step - b.step);
}

/** The checkpoint of the highest step. Throws an `ImagefnError` if the run has none yet. */
export function latestCheckpoint(run: RunFolder): Checkpoint {
  const latest = listCheckpoints(run).at(-1);
  if (latest === undefined) {
    throw new ImagefnError(
      "no-checkpoint",
      `${quoted(run.path)} has no checkpoint: the run ended before its first one, or its checkpoints were removed.`,
      { path: run.path },
    );
  }
  return latest;
}

/**
 * Writes the checkpoint after `step` steps. Then removes all but the newest `run.config.checkpoint.keep`, and
 * temporary files left by a killed run. Returns the new checkpoint.
 */
export async function saveCheckpoint(
  run: RunFolder,
  step: number,
  content: Uint8Array | ((handle: FileHandle) => Promise<void>),
): Promise<Checkpoint> {
  const saved = { step, path: checkpointPath(run, step) };
  await writeAtomic(saved.path, content);
  const others = listCheckpoints(run).filter((checkpoint) => checkpoint.path !== saved.path);
  const excess = others.length + 1 - run.config.checkpoint.keep;
  const old = others.slice(0, Math.max(0, excess)).map((checkpoint) => checkpoint.path);
  const leftovers = readdirSync(run.checkpoints)
    .filter((name) => temporaryName.test(name))
    .map((name) => join(run.checkpoints, name));
  for (const path of [...old, ...leftovers]) await unlink(path);
  return saved;
}
