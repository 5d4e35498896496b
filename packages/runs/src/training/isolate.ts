// Training in a worker thread or in a process of its own, as its caller sees it.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { RunFolder } from "../folder/runFolder.js";
import type { FromTraining, ToTraining } from "./messages.js";
import { unpackError } from "./packedError.js";
import type { Ending, Listener } from "./sitting.js";

const entry = new URL("./remote.js", import.meta.url);

/** The thread or process that trains. */
interface Remote {
  post(message: ToTraining): void;
  onMessage(hear: (message: FromTraining) => void): void;
  /** Called when it ends, with an error in case it ended unexpectedly. */
  onEnd(hear: (error: Error) => void): void;
  terminate(): void;
}

function thread(): Remote {
  const worker = new Worker(entry);
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (hear) => worker.on("message", hear),
    onEnd(hear) {
      worker.on("error", hear);
      worker.on("exit", (code) => hear(new Error(`the training thread ended unexpectedly (code ${code})`)));
    },
    terminate: () => void worker.terminate(),
  };
}

function childProcess(): Remote {
  const child = fork(fileURLToPath(entry), { serialization: "advanced", execArgv: [] });
  return {
    post: (message) => void (child.connected && child.send(message)),
    onMessage: (hear) => child.on("message", (message) => hear(message as FromTraining)),
    onEnd(hear) {
      child.on("error", hear);
      child.on("exit", (code, signal) =>
        hear(new Error(`the training process ended unexpectedly (${signal ?? `code ${code}`})`)),
      );
    },
    terminate: () => void child.kill("SIGKILL"),
  };
}

/** Where training happens: a worker thread, or a process whose peak memory is its own. */
export type Isolation = "thread" | "process";

/**
 * Trains a run folder elsewhere. When `signal` aborts, training stops after its step, with a checkpoint.
 * @throws what training threw; the signal's reason if it aborts outside the steps, as while data are prepared
 */
export function trainIsolated(
  isolation: Isolation,
  { path, config: { engine } }: RunFolder,
  { progress, message }: Omit<Listener, "stopping">,
  { resume, signal }: { resume: boolean; signal?: AbortSignal },
): Promise<Ending> {
  const remote = isolation === "thread" ? thread() : childProcess();
  let phase: string | undefined;
  let stop = () => {};
  return new Promise<Ending>((resolve, reject) => {
    stop = () => {
      if (inSteps(phase)) return remote.post({ kind: "stop" });
      remote.terminate();
      reject(signal!.reason);
    };
    remote.onMessage((heard) => {
      switch (heard.kind) {
        case "progress": {
          phase = heard.progress.phase;
          progress(heard.progress);
          // Stopping was requested during the last step: there is no step left to stop after.
          if (signal?.aborted && !inSteps(phase)) stop();
          return;
        }
        case "message":
          return message(heard.text);
        case "ending":
          return resolve(heard.ending);
        case "error":
          return reject(unpackError(heard.error));
      }
    });
    remote.onEnd(reject);
    signal?.addEventListener("abort", stop);
    remote.post({ kind: "start", path, resume, engine });
  }).finally(() => signal?.removeEventListener("abort", stop));
}

/** Whether a phase is made of steps, after each of which training can stop with a checkpoint. */
export const inSteps = (phase: string | undefined): boolean => phase === "pretrain" || phase === "train";
