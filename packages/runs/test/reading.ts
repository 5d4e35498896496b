// What tests read of a run's files.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "@imagefn/ops";
import type { RunFolder } from "@imagefn/runs";
import { PNG } from "pngjs";

/** A picture's size and RGB bytes. */
export interface Picture {
  width: number;
  height: number;
  rgb: Uint8Array;
}

export function readPng(path: string): Picture {
  const { width, height, data } = PNG.sync.read(readFileSync(path));
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) rgb[3 * i + c] = data[4 * i + c];
  return { width, height, rgb };
}

/** The rows of 16 x 16 pixels of a picture. */
export const cell = (picture: Picture, left: number, top: number): number[][] =>
  Array.from({ length: 16 }, (_, y) => {
    const at = 3 * ((top + y) * picture.width + left);
    return [...picture.rgb.subarray(at, at + 48)];
  });

/** Paths of a run's checkpoints, oldest first. */
export const checkpoints = (run: Pick<RunFolder, "checkpoints">): string[] =>
  readdirSync(run.checkpoints)
    .sort()
    .map((name) => join(run.checkpoints, name));

/** Where a checkpoint stands. */
export const positionOf = (path: string) =>
  JSON.parse(readSafetensors(readFileSync(path)).metadata.position) as {
    phase: string;
    step: number;
    pretrainSteps: number;
    trainSteps: number | null;
    seconds?: number;
  };

/** All that has to be the same for runs to be equal: pictures, functions, and the last checkpoint but its seconds. */
function results(run: RunFolder): Map<string, unknown> {
  const files = ["samples", "functions"].flatMap((folder) =>
    readdirSync(join(run.path, folder)).map((name) => join(folder, name)),
  );
  const last = checkpoints(run).at(-1)!;
  const { seconds: _, ...position } = positionOf(last);
  return new Map<string, unknown>([
    ...files.map((file): [string, string] => [file, readFileSync(join(run.path, file), "base64")]),
    ["position", position],
    ...[...readSafetensors(readFileSync(last)).tensors].map(([path, { shape, data }]): [string, unknown] => [
      path,
      [shape, Buffer.from(data.buffer).toString("base64")],
    ]),
  ]);
}

/** The names of what differs between two runs. */
export function differences(a: RunFolder, b: RunFolder): string[] {
  const [one, other] = [results(a), results(b)];
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].filter((name) => JSON.stringify(one.get(name)) !== JSON.stringify(other.get(name)));
}

/** How far a picture's bytes are from those of values in [-1, 1], [pixel][channel] at `value(pixel, channel)`. */
export function farthest(rgb: Uint8Array, value: (pixel: number, channel: number) => number): number {
  let worst = 0;
  for (let i = 0; i < rgb.length; i++) {
    const byte = Math.round((value(Math.floor(i / 3), i % 3) + 1) * 127.5);
    worst = Math.max(worst, Math.abs(byte - rgb[i]));
  }
  return worst;
}
