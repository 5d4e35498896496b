// The thread that trains: engines block while they compute, and the main thread must stay awake for Ctrl-C.
import { parentPort, workerData } from "node:worker_threads";
import { openRunFolder } from "../folder/runFolder.js";
import type { FromWorker, WorkerInput } from "./messages.js";
import { packError } from "./packedError.js";
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
  tell({ kind: "error", error: packError(error) });
}
