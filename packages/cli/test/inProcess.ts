// The command in this process: what it prints and its exit code, without the time that a process takes to start.
import { join } from "node:path";
import { commands } from "../dist/commands.js";
import { runProgram } from "../dist/program.js";
import type { Ended } from "./tiny.js";

/** The signals that commands listen to. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"] as const;

type Environment = Readonly<Record<string, string>>;

let last: Promise<unknown> = Promise.resolve();

/** A function that runs command lines in a folder with its cache there too, one after the other. */
export const imagefnHere =
  (cwd: string, env: Environment = {}) =>
  (args: string | readonly string[]): Promise<Ended> => {
    const words = typeof args === "string" ? args.split(" ") : args;
    // What tap has set for its own processes is not for those that a command starts.
    const all = { NODE_OPTIONS: "", IMAGEFN_DEBUG: "", IMAGEFN_CACHE: join(cwd, "cache"), ...env };
    const next = last.then(() => within(cwd, all, () => run(words)));
    last = next.catch(() => {});
    return next;
  };

async function run(words: readonly string[]): Promise<Ended> {
  const code = await runProgram(words, commands);
  return { status: Number(process.exitCode || code), stdout: "", stderr: "" };
}

/** Runs a job in a folder and an environment of its own, and puts back what it changes of this process. */
async function within(cwd: string, env: Environment, job: () => Promise<Ended>): Promise<Ended> {
  const before = {
    cwd: process.cwd(),
    env: Object.keys(env).map((name) => [name, process.env[name]] as const),
    exitCode: process.exitCode,
    interrupts: SIGNALS.map((name) => [name, process.listeners(name)] as const),
  };
  const said = { stdout: "", stderr: "" };
  const streams = ["stdout", "stderr"] as const;
  const writes = streams.map((name) => process[name].write);
  process.chdir(cwd);
  Object.assign(process.env, env);
  process.exitCode = undefined;
  for (const name of streams)
    process[name].write = ((part: string | Uint8Array) => {
      said[name] += typeof part === "string" ? part : Buffer.from(part).toString();
      return true;
    }) as typeof process.stdout.write;
  try {
    return { ...(await job()), ...said };
  } finally {
    streams.forEach((name, i) => {
      process[name].write = writes[i];
    });
    for (const [name, value] of before.env)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    process.chdir(before.cwd);
    process.exitCode = before.exitCode;
    for (const [name, listeners] of before.interrupts)
      for (const listener of process.listeners(name))
        if (!listeners.includes(listener)) process.off(name, listener);
  }
}
