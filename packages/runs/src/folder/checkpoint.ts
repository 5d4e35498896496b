// Writing checkpoints, and reading them back with checks for everything that can be wrong.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { ImagefnError } from "@imagefn/base";
import {
  type ByteSource,
  type HostArray,
  readMetadata,
  readSafetensors,
  safetensorsParts,
} from "@imagefn/ops";
import type { Config } from "../config/schema.js";
import { version } from "../version.js";
import { latestCheckpoint, listCheckpoints, saveCheckpoint } from "./checkpoints.js";
import type { RunFolder } from "./runFolder.js";

export type Phase = "pretrain" | "train";

/** The position of a run: together with the state, enough to resume exactly. */
export interface Position {
  readonly phase: Phase;
  /** Steps done in this phase. */
  readonly step: number;
  /** Steps of pre-training, and K: under a time budget those that fit at present. Null for a phase that is ahead. */
  readonly pretrainSteps: number | null;
  readonly trainSteps: number | null;
  /** Seconds of training so far, over all sessions. */
  readonly seconds: number;
  /** Class names, for a class-conditional run. */
  readonly classes: readonly string[];
  /** The digest of the training images. */
  readonly data?: string;
  /** Under a time budget: how far the phase is along its schedule, its speed, and the budget. */
  readonly pace?: { readonly progress: number; readonly perStep: number; readonly minutes: number | null };
}

const FORMAT = "imagefn-checkpoint";

/** What weights depend on: the network and its image size. */
const architecture = ({ generator: { kind, ...all }, data }: Config, classes: number) =>
  JSON.stringify({ kind, ...all[kind], variationalCoordinates: undefined, size: data.size, classes });

/** Writes a checkpoint: a temporary file, synced, then renamed. */
export async function writeCheckpoint(
  run: RunFolder,
  position: Position,
  state: ReadonlyMap<string, HostArray>,
) {
  const { phase, step, pretrainSteps, classes } = position;
  const metadata = {
    format: FORMAT,
    version,
    architecture: architecture(run.config, classes.length),
    position: JSON.stringify(position),
  };
  // In parts: the state of a large network is more than one array can hold.
  const parts = safetensorsParts(state, { ...metadata, checksum: checksum(metadata.position, state) });
  return saveCheckpoint(run, step + (phase === "train" ? (pretrainSteps ?? 0) : 0), async (handle) => {
    for (const part of parts) await handle.writeFile(part);
  });
}

/** CRC-32 of the position and of every number, in the order of the arrays' names. */
export function checksum(position: string, state: ReadonlyMap<string, HostArray>): string {
  let crc = crc32(position);
  for (const path of [...state.keys()].sort()) {
    const { buffer, byteOffset, byteLength } = state.get(path)!.data;
    crc = crc32(new Uint8Array(buffer, byteOffset, byteLength), crc);
  }
  return crc.toString(16).padStart(8, "0");
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

/** Whether training has reached its last step. */
export const isLast = ({ phase, step, trainSteps }: Position): boolean =>
  phase === "train" && step === trainSteps;

/** The position of a run's last checkpoint, from its header; undefined if there is none or it cannot be read. */
export function lastPosition(run: RunFolder): Position | undefined {
  const last = listCheckpoints(run).at(-1);
  if (last === undefined) return undefined;
  const bytes = openBytes(last.path);
  try {
    return JSON.parse(readMetadata(bytes).position);
  } catch {
    return undefined;
  } finally {
    bytes.close();
  }
}

/** The last checkpoint of a run. @throws ImagefnError if it is damaged or belongs to another network. */
export async function readCheckpoint(run: RunFolder): Promise<Checkpoint> {
  const { path } = latestCheckpoint(run);
  const damaged = (why: string) =>
    new ImagefnError(
      "damaged-checkpoint",
      `the checkpoint ${path} cannot be read: ${why} Remove this file to resume from the previous checkpoint ` +
        `(if there is one in ${run.checkpoints}), or train again.`,
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
    throw damaged(`${(error as Error).message}.`);
  }
  const { metadata, tensors } = file;
  if (metadata.format !== FORMAT) throw damaged("it is a .safetensors file, but not a checkpoint of a run.");
  if (metadata.checksum !== checksum(metadata.position ?? "", tensors))
    throw damaged("its contents differ from what was written (checksum mismatch).");
  let position: Position;
  try {
    position = JSON.parse(metadata.position);
  } catch {
    throw damaged("its position is missing.");
  }
  const now = architecture(run.config, position.classes.length);
  const changed = metadata.architecture === now ? "" : differences(metadata.architecture, now);
  if (changed)
    throw new ImagefnError(
      "other-settings",
      `the checkpoint ${path} is of another network than config.yaml describes (${changed}). ` +
        "Restore the run's own config.yaml, or start a new run with the changed one.",
      { path: run.path, checkpoint: path },
    );
  return { path, position, state: tensors };
}

/**
 * The groups of a U-Net whose architecture was written before they were a setting: a quarter of each width, at most 32.
 * For widths from 128 up that is 32.
 */
function groupsThen({ kind, channels }: Record<string, unknown>): Record<string, unknown> {
  if (kind !== "unet") return {};
  const wide = Number(channels) >= 128 && Number(channels) % 32 === 0;
  return { groups: wide ? 32 : "a quarter of the channels of each layer" };
}

/** Which fields of two architectures differ, as "dim 128, now 192"; empty where none does. */
function differences(then: string, now: string): string {
  const flat = (text: string) => {
    const { inr, ...rest } = JSON.parse(text) as Record<string, unknown>;
    return {
      ...groupsThen(rest),
      ...rest,
      ...Object.fromEntries(Object.entries(inr ?? {}).map(([k, v]) => [`inr.${k}`, v])),
    } as Record<string, unknown>;
  };
  const [a, b] = [flat(then), flat(now)];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (name) => String(a[name]) !== String(b[name]),
  );
  return names.map((name) => `${name} ${a[name]}, now ${b[name]}`).join("; ");
}
