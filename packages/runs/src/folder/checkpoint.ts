// Writing checkpoints, and reading them back with checks for everything that can be wrong.
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { fileErrorCode, ImagefnError, quoted, withPath } from "@imagefn/base";
import { type ByteSource, type HostArray, readMetadata, readSafetensors } from "@imagefn/ops";
import { finalSizes } from "../sampling/sizes.js";
import { version } from "../version.js";
import { architecture, differences } from "./architecture.js";
import { checkpointParts, checksum, FORMAT, stepOf } from "./checkpointFile.js";
import { latestCheckpoint, listCheckpoints, saveCheckpoint } from "./checkpoints.js";
import { type Position, parsePosition } from "./position.js";
import type { RunFolder } from "./runFolder.js";
import { checkState } from "./state.js";

/** Writes a checkpoint: a temporary file, synced, then renamed. */
export async function writeCheckpoint(
  run: RunFolder,
  position: Position,
  state: ReadonlyMap<string, HostArray>,
) {
  const about = { version, architecture: architecture(run.config, position.classes.length) };
  const parts = checkpointParts(about, position, state, crc32);
  return saveCheckpoint(run, stepOf(position), async (handle) => {
    for (const part of parts) await handle.writeFile(part);
  });
}

/** A file of any size, read in parts. */
function openBytes(path: string): ByteSource & { close(): void } {
  const file = openSync(path, "r");
  return {
    length: fstatSync(file).size,
    subarray(start, end) {
      const bytes = new Uint8Array(end - start);
      for (let at = 0; at < bytes.length; ) {
        const read = readSync(file, bytes, at, Math.min(bytes.length - at, 2 ** 30), start + at);
        if (read === 0) throw new Error("the file was truncated while it was read");
        at += read;
      }
      return bytes;
    },
    close: () => closeSync(file),
  };
}

export interface Checkpoint {
  readonly path: string;
  readonly position: Position;
  readonly state: Map<string, HostArray>;
}

/** The position of a run's last checkpoint, from its header; undefined if there is none or it cannot be read. */
export function lastPosition(run: RunFolder): Position | undefined {
  const last = listCheckpoints(run).at(-1);
  if (last === undefined) return undefined;
  const bytes = openBytes(last.path);
  try {
    return parsePosition(readMetadata(bytes).position);
  } catch {
    return undefined;
  } finally {
    bytes.close();
  }
}

/**
 * The checkpoint from which a run goes on; undefined for a run that was killed before its first one, which has to begin
 * again.
 * @throws ImagefnError as `readCheckpoint` does; `no-checkpoint` where there are pictures of the end, which would be
 * lost: the checkpoints of a finished run were removed
 */
export async function checkpointToResume(run: RunFolder): Promise<Checkpoint | undefined> {
  const ended = finalSizes(run.config).some(([width, height]) =>
    existsSync(join(run.samples, `${width}x${height}.png`)),
  );
  return ended || listCheckpoints(run).length > 0 ? readCheckpoint(run) : undefined;
}

/** The last checkpoint of a run. @throws ImagefnError if it is damaged or belongs to another network. */
export async function readCheckpoint(run: RunFolder): Promise<Checkpoint> {
  const { path } = latestCheckpoint(run);
  const damaged = (why: string) =>
    new ImagefnError(
      "damaged-checkpoint",
      `the checkpoint ${quoted(path)} cannot be read: ${why} Remove this file to resume from the previous checkpoint ` +
        `(if there is one in ${quoted(run.checkpoints)}), or train again.`,
      { path: run.path, checkpoint: path },
    );
  let file: ReturnType<typeof readSafetensors>;
  try {
    const bytes = openBytes(path);
    try {
      file = readSafetensors(bytes);
    } finally {
      bytes.close();
    }
  } catch (error) {
    // A file that the system cannot read now may be whole.
    if (fileErrorCode(error) !== undefined) throw withPath(error, path);
    throw damaged(`${(error as Error).message}.`);
  }
  const { metadata, tensors } = file;
  if (metadata.format !== FORMAT) throw damaged("it is a .safetensors file, but not a checkpoint of a run.");
  const missing = (["architecture", "position", "checksum"] as const).find((key) => !metadata[key]);
  if (missing) throw damaged(`its metadata lacks ${missing}.`);
  if (metadata.checksum !== checksum(metadata.position, tensors, crc32))
    throw damaged("its contents differ from what was written (checksum mismatch).");
  let position: Position;
  let changed: string;
  try {
    position = parsePosition(metadata.position);
    changed = differences(metadata.architecture, architecture(run.config, position.classes.length));
  } catch (error) {
    throw damaged(`${(error as Error).message}.`);
  }
  if (changed)
    throw new ImagefnError(
      "other-settings",
      `the checkpoint ${quoted(path)} is of another network than config.yaml describes (${changed}). ` +
        "Restore the run's own config.yaml, or start a new run with the changed one.",
      { path: run.path, checkpoint: path },
    );
  try {
    checkState(tensors, run.config, position.classes.length);
  } catch (error) {
    throw damaged(`${(error as Error).message}.`);
  }
  return { path, position, state: tensors };
}
