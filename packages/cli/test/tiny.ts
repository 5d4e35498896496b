// A run so small that it trains in a second, and the executable as a process: what the end-to-end tests share.

import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "@imagefn/ops";
import { tinyRun } from "@imagefn/testing/tinyRun";
import { stringify } from "yaml";

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

/** A configuration file: the shared tiny run, or what a test makes of it, with steps enough to be stopped in. */
export const yamlOf = (changes: Readonly<Record<string, object>> = {}): string => {
  const { name: _, ...config } = tinyRun;
  const long = {
    pretrain: { ...config.pretrain, steps: 100 },
    train: { ...config.train, steps: 150 },
    sample: {
      ...config.sample,
      sizes: [
        [16, 16],
        [24, 40],
      ],
    },
  };
  return stringify({ ...config, ...long, ...changes });
};
export const tinyYaml = yamlOf();

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
