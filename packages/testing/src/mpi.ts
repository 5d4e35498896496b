// Runs scripts under mpirun, for tests of several processes.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why tests under mpirun have to be left out here; false where they run. */
export const noMpi: string | false =
  spawnSync("mpirun", ["--version"]).status === 0
    ? false
    : "there is no mpirun (apt-get install openmpi-bin)";

/** A run that has begun. */
export interface MpiRun {
  readonly child: ChildProcess;
  /** The processes that it started, as they are listed now. */
  ranks(): number[];
  /** Resolves once it has printed something that fits, to stdout or stderr; rejects if it ends before. */
  printed(pattern: RegExp): Promise<void>;
  /** Its exit code, what it printed, and how long it took in seconds. */
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string; seconds: number }>;
}

/** Two processes on two cores, as root too, each with one core's worth of threads. */
export function mpirun(args: readonly string[], { ranks = 2, env = {}, cwd = process.cwd() } = {}): MpiRun {
  const began = performance.now();
  // Open MPI removes the folder that its jobs of one user share as the first of them ends, while the next one makes its own in it.
  const own = mkdtempSync(join(tmpdir(), "mpi-"));
  const child = spawn(
    "mpirun",
    ["-n", `${ranks}`, "--bind-to", "none", "--oversubscribe", process.execPath, ...args],
    {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        // tap's own would load tap into every process.
        NODE_OPTIONS: "",
        OMPI_ALLOW_RUN_AS_ROOT: "1",
        OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
        TMPDIR: own,
        ...env,
      },
    },
  );
  let [stdout, stderr] = ["", ""];
  const heard = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
    for (const look of heard) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
    for (const look of heard) look();
  });
  const ended = new Promise<Awaited<MpiRun["ended"]>>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      rmSync(own, { recursive: true, force: true });
      resolve({ code, stdout, stderr, seconds: (performance.now() - began) / 1000 });
    });
  });
  return {
    child,
    ended,
    ranks: () => childrenOf(child.pid!),
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!pattern.test(stdout + stderr)) return;
          heard.delete(look);
          resolve();
        };
        heard.add(look);
        look();
        void ended.then(() => reject(new Error(`it ended without printing ${pattern}: ${stdout}${stderr}`)));
      }),
  };
}

/** Numbers of the processes that a process has started; on Linux. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
