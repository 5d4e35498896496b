// Runs scripts under mpirun, for tests of several processes.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";

/** Why tests under mpirun have to be left out here; false where they run. */
export const noMpi: string | false =
  spawnSync("mpirun", ["--version"]).status === 0
    ? false
    : "there is no mpirun (apt-get install openmpi-bin)";

/** A run that has begun. */
export interface MpiRun {
  readonly child: ChildProcess;
  /** Its exit code, what it printed, and how long it took in seconds. */
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string; seconds: number }>;
}

/** Two processes on two cores, as root too, each with one core's worth of threads. */
export function mpirun(args: readonly string[], { ranks = 2, env = {}, cwd = process.cwd() } = {}): MpiRun {
  const began = performance.now();
  const child = spawn(
    "mpirun",
    ["-n", `${ranks}`, "--bind-to", "none", "--oversubscribe", process.execPath, ...args],
    {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        OMPI_ALLOW_RUN_AS_ROOT: "1",
        OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
        ...env,
      },
    },
  );
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const ended = new Promise<Awaited<MpiRun["ended"]>>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, stdout, stderr, seconds: (performance.now() - began) / 1000 });
    });
  });
  return { child, ended };
}
