// A run so small that it trains in a second: what the tests of runs and of the command train, and spoil.
import { readFileSync, writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { type HostArray, readSafetensors, type SafetensorsFile, writeSafetensors } from "@imagefn/ops";

/** 64 avatars of 16 pixels, and networks of some thousand numbers. */
export const tinyRun = {
  name: "tiny",
  data: { kind: "avatars", size: 16, count: 64, heldOut: 4 },
  generator: {
    func: {
      ...{ dim: 16, heads: 2, encoderDepth: 1, decoderDepth: 1, patch: 8, decoderSelfAttention: false },
      inr: { depth: 3, width: 16, groups: 4, peDim: 8, peSigma: 8 },
    },
    unet: { channels: 8, multipliers: [1, 1, 1, 2], blocks: 1, attention: [8], headChannels: 8, groups: 2 },
    dit: { dim: 16, heads: 2, depth: 2, patch: 8 },
    uvit: { dim: 16, heads: 2, depth: 3, patch: 8 },
  },
  pretrain: { steps: 4, batch: 4 },
  train: { steps: 6, batch: 4, emaRates: [0.9, 0.5] },
  sample: { count: 5, sizes: [[16, 16]], ema: 0.9 },
  engine: { name: "onnx", threads: 1 },
};

/** Changes a checkpoint, with a checksum that fits: CRC-32 of the position and all numbers by name. */
export function editCheckpoint(path: string, edit: (file: SafetensorsFile) => void): void {
  const file = readSafetensors(readFileSync(path));
  edit(file);
  const { tensors, metadata } = file;
  const bytes = ({ data }: HostArray) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const names = [...tensors.keys()].sort();
  const checksum = names.reduce(
    (crc, name) => crc32(bytes(tensors.get(name)!), crc),
    crc32(metadata.position),
  );
  metadata.checksum = checksum.toString(16).padStart(8, "0");
  writeFileSync(path, writeSafetensors(tensors, metadata));
}
