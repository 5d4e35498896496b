// Training in a worker thread or in a process of its own, as its caller sees it.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { RunFolder } from "../folder/runFolder.js";
import { newHalt, requestHalt, waitForHalt } from "./halt.js";
import type { FromTraining, ToTraining } from "./messages.js";
import { unpackError } from "./packedError.js";
import { type Accepted, type Ending, inSteps, type Listener } from "./sitting.js";

const entry = new URL("./remote.js", import.meta.url);

/** The thread or process that trains. */
interface Remote {
  post(message: ToTraining): void;
  onMessage(hear: (message: FromTraining) => void): void;
  /** Called when it is gone, after all its messages were heard, with an error in case it ended unexpectedly. */
  onEnd(hear: (error: Error) => void): void;
  terminate(): void;
  /** Ends it between two calls of the engine, as soon as it looks; `terminate` follows if it does not. */
  halt(): void;
}

// What native libraries print is not for the caller's streams: its stdout may be data.

function thread(): Remote {
  // A thread that is ended inside a call of the engine takes the whole process down now and then.
  const halted = newHalt();
  const worker = new Worker(entry, { stdout: true, workerData: halted, ...argumentsOf(process.execArgv) });
  worker.stdout.resume();
  const atExit = () => waitForHalt(halted, EXIT_MS);
  process.prependOnceListener("exit", atExit);
  worker.on("exit", () => process.off("exit", atExit));
  let failure: Error | undefined;
  worker.on("error", (error) => {
    failure = error as Error;
  });
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (hear) => worker.on("message", hear),
    onEnd: (hear) =>
      worker.on("exit", (code) =>
        hear(failure ?? new Error(`the training thread ended unexpectedly (code ${code})`)),
      ),
    terminate: () => void worker.terminate(),
    halt() {
      requestHalt(halted);
      setTimeout(() => worker.terminate(), LINGER_MS).unref();
    },
  };
}

/** A thread inherits Node's arguments; the input-type of a program that is given as text keeps it from starting. */
const argumentsOf = (given: readonly string[]): { execArgv?: string[] } =>
  given.some((argument) => /^-+input-type/.test(argument)) ? { execArgv: [] } : {};

function childProcess(): Remote {
  const stdio = ["ignore", "ignore", "pipe", "ipc"] as const;
  const child = fork(fileURLToPath(entry), { serialization: "advanced", execArgv: [], stdio: [...stdio] });
  // The end of it says why a process crashed.
  let complaints = "";
  child.stderr!.setEncoding("utf8").on("data", (text) => {
    complaints = (complaints + text).slice(-2000);
  });
  return {
    // A process that is gone hears nothing: `close` follows.
    post: (message) => void (child.connected && child.send(message, () => {})),
    onMessage: (hear) => child.on("message", (message) => hear(message as FromTraining)),
    onEnd(hear) {
      child.on("error", (error) => {
        if (child.pid === undefined) hear(error);
      });
      child.on("close", (code, signal) => {
        const last = complaints.trim().split("\n").at(-1);
        const how = `${signal ?? `code ${code}`}${last ? `: ${last}` : ""}`;
        hear(new Error(`the training process ended unexpectedly (${how})`));
      });
    },
    terminate: () => void child.kill("SIGKILL"),
    halt: () => void child.kill("SIGKILL"),
  };
}

/** Where training happens: a worker thread, or a process whose peak memory is its own. */
export type Isolation = "thread" | "process";

/** An engine may keep a thread or process alive that has nothing left to do: it gets this long to end by itself. */
const LINGER_MS = 2000;

/** How long a process that exits waits for the step of its training thread. */
const EXIT_MS = 5000;

/**
 * Trains a run folder elsewhere. When `signal` aborts, training stops after its step, with a checkpoint. The promise
 * settles once the thread or process is gone: nothing writes into the folder after that.
 * @throws what training threw; the signal's reason if it aborts outside the steps, as while data are prepared
 */
export function trainIsolated(
  isolation: Isolation,
  { path, config: { engine } }: RunFolder,
  { progress, message }: Omit<Listener, "stopping">,
  { resume, signal, ...accepted }: { resume: boolean; signal: AbortSignal } & Accepted,
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const remote = isolation === "thread" ? thread() : childProcess();
    let phase: string | undefined;
    let settle: ((reason: Error) => void) | undefined;
    const stop = () => {
      if (inSteps(phase)) return remote.post({ kind: "stop" });
      settle ??= () => reject(signal.reason);
      remote.halt();
    };
    const end = (how: () => void) => {
      settle ??= how;
      signal.removeEventListener("abort", stop);
      setTimeout(remote.terminate, LINGER_MS).unref();
    };
    remote.onMessage((heard) => {
      if (settle) return;
      switch (heard.kind) {
        case "progress": {
          phase = heard.progress.phase;
          progress(heard.progress);
          // Stopping was requested during the last step: there is no step left to stop after.
          if (signal.aborted && !inSteps(phase)) stop();
          return;
        }
        case "message":
          return message(heard.text);
        case "ending":
          return end(() => resolve(heard.ending));
        case "error":
          return end(() => reject(unpackError(heard.error)));
      }
    });
    remote.onEnd((reason) => {
      signal.removeEventListener("abort", stop);
      if (settle) settle(reason);
      else reject(reason);
    });
    signal.addEventListener("abort", stop);
    remote.post({ kind: "start", path, resume, engine, ...accepted });
  });
}
