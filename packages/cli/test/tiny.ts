// A run so small that it trains in a second, and the executable as a process: what the end-to-end tests share.

import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { type HostArray, readSafetensors, type SafetensorsFile, writeSafetensors } from "@imagefn/ops";
import { PNG } from "pngjs";

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));

/**
 * The executable as a command. tap gives every process of a test a NODE_OPTIONS that loads tap into it, which takes
 * longer than most of these commands do: `env` takes it away again.
 */
export function executable(args: readonly string[], nodeOptions = ""): [command: string, args: string[]] {
  const node = [process.execPath, bin, ...args];
  return process.platform === "win32"
    ? [node[0], node.slice(1)]
    : ["env", [`NODE_OPTIONS=${nodeOptions}`, ...node]];
}

/** A configuration file: 64 avatars of 16 pixels, and a network of some thousand numbers. */
export const tinyYaml = `
data: { kind: avatars, size: 16, count: 64, heldOut: 4 }
generator:
  func:
    dim: 16
    heads: 2
    encoderDepth: 1
    decoderDepth: 1
    patch: 8
    decoderSelfAttention: false
    inr: { depth: 3, width: 16, groups: 4, peDim: 8, peSigma: 8 }
  unet: { channels: 8, multipliers: [1, 1, 1, 2], blocks: 1, attention: [8], headChannels: 8, groups: 2 }
  dit: { dim: 16, heads: 2, depth: 2, patch: 8 }
  uvit: { dim: 16, heads: 2, depth: 3, patch: 8 }
pretrain: { steps: 100, batch: 4 }
train: { steps: 150, batch: 4, emaRates: [0.9, 0.5] }
sample: { count: 5, sizes: [[16, 16], [24, 40]], ema: 0.9 }
engine: { name: onnx, threads: 1 }
`;

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  /** Where the command runs. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sends SIGINT when this has been written to stderr. */
  readonly interruptAt?: RegExp;
}

/** A function that runs the executable in a folder of its own, with its cache there too. */
export const imagefnIn =
  (cwd: string) =>
  (args: string, options: Omit<Place, "cwd"> = {}): Promise<Ended> =>
    imagefn(args.split(" "), { cwd, ...options });

function imagefn(args: readonly string[], { cwd, env, interruptAt }: Place): Promise<Ended> {
  const child = spawn(...executable(args, env?.NODE_OPTIONS), {
    cwd,
    env: { ...process.env, IMAGEFN_DEBUG: "", IMAGEFN_CACHE: join(cwd, "cache"), ...env },
  });
  let stdout = "";
  let stderr = "";
  let interrupted = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    if (!interrupted && interruptAt?.test(stderr)) {
      interrupted = true;
      child.kill("SIGINT");
    }
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

/** The error that a command ended with: its one paragraph, if it printed exactly one and no stack trace. */
export function paragraph({ stderr }: Ended): string {
  const lines = stderr.trimEnd().split("\n");
  const at = lines.findIndex((line) => line.startsWith("imagefn: "));
  const single = at === lines.length - 1 && !lines.some((line) => /^\s+at /.test(line));
  return single ? lines[at] : `not one paragraph at the end:\n${stderr}`;
}

/** A PNG file's size and RGB bytes. */
export function readPng(path: string): { width: number; height: number; rgb: Uint8Array } {
  const { width, height, data } = PNG.sync.read(readFileSync(path));
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) rgb[3 * i + c] = data[4 * i + c];
  return { width, height, rgb };
}

/** Paths of a run's checkpoints, oldest first. */
export function checkpoints(run: string): string[] {
  const folder = join(run, "checkpoints");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

/** Where a checkpoint stands. */
export const positionOf = (path: string) =>
  JSON.parse(readSafetensors(readFileSync(path)).metadata.position) as {
    phase: string;
    step: number;
    pretrainSteps: number;
    trainSteps: number | null;
    seconds?: number;
  };

/** Changes a checkpoint as no run would, with a checksum that fits: CRC-32 of the position and all numbers by name. */
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
