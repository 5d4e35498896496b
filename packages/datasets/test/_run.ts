// Runs the tasks of _child.ts in processes of their own.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Runs a task of _child.ts; without tap's own additions to Node. `limit` is the number of files it may have open. */
export function child(task: string, folder: string, limit?: number): ChildProcess {
  const command = [process.execPath, fileURLToPath(new URL("_child.js", import.meta.url)), task, folder];
  const [file, ...args] = limit ? ["sh", "-c", `ulimit -n ${limit} && exec "$@"`, "sh", ...command] : command;
  return spawn(file, args, {
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** The first report of a task. */
export async function reportOf<T = Record<string, number>>(
  task: string,
  folder: string,
  limit?: number,
): Promise<T> {
  const { stdout } = child(task, folder, limit);
  for await (const line of createInterface({ input: stdout! })) return JSON.parse(line);
  throw new Error(`${task} said nothing`);
}
