// The bytes of a checkpoint, in Node and in pages alike: a .safetensors file whose metadata says where the run stands.
import { type HostArray, safetensorsParts } from "@imagefn/ops";
import type { Position } from "./position.js";

export const FORMAT = "imagefn-checkpoint";

/** CRC-32 of bytes or of text as UTF-8, which goes on from an earlier value. */
export type Crc32 = (data: string | Uint8Array, value?: number) => number;

/** What a checkpoint says of its run beside the position. */
export interface CheckpointAbout {
  /** Of this package. */
  readonly version: string;
  /** The network and its image size, as JSON. */
  readonly architecture: string;
}

/** A checkpoint in parts: the state of a large network is more than one array can hold. */
export function checkpointParts(
  { version, architecture }: CheckpointAbout,
  position: Position,
  state: ReadonlyMap<string, HostArray>,
  crc32: Crc32,
): Iterable<Uint8Array> {
  const metadata = { format: FORMAT, version, architecture, position: JSON.stringify(position) };
  return safetensorsParts(state, { ...metadata, checksum: checksum(metadata.position, state, crc32) });
}

/** CRC-32 of the position and of every number, in the order of the arrays' names. */
export function checksum(position: string, state: ReadonlyMap<string, HostArray>, crc32: Crc32): string {
  let crc = crc32(position);
  for (const path of [...state.keys()].sort()) {
    const { buffer, byteOffset, byteLength } = state.get(path)!.data;
    crc = crc32(new Uint8Array(buffer, byteOffset, byteLength), crc);
  }
  return crc.toString(16).padStart(8, "0");
}

/** The steps of both phases, which a checkpoint is named by. */
export const stepOf = ({ phase, step, pretrainSteps }: Position): number =>
  step + (phase === "train" ? (pretrainSteps ?? 0) : 0);

/** The name of the checkpoint after `step` steps: step-XXXXXXXX.safetensors. */
export const checkpointName = (step: number): string => `step-${String(step).padStart(8, "0")}.safetensors`;
