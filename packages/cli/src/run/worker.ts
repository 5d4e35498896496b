// The thread that trains: engines block while they compute, and the main thread must stay awake for Ctrl-C.
import { parentPort, workerData } from "node:worker_threads";
import { explain } from "../errors.js";
import { openRunFolder } from "../runFolder.js";
import type { FromWorker, WorkerInput } from "./messages.js";
import { train } from "./training.js";

const { path, resume, engine, stop } = workerData as WorkerInput;
const flag = new Int32Array(stop);
const tell = (message: FromWorker) => parentPort!.postMessage(message);

try {
  const run = openRunFolder(path);
  const ending = await train(
    { ...run, config: { ...run.config, engine } },
    {
      progress: (progress) => tell({ kind: "progress", progress }),
      message: (text) => tell({ kind: "message", text }),
      stopping: () => Atomics.load(flag, 0) !== 0,
    },
    { resume },
  );
  tell({ kind: "ending", ending });
} catch (error) {
  const { message, exitCode } = explain(error);
  tell({ kind: "error", text: message, exitCode, stack: (error as Error).stack });
}
