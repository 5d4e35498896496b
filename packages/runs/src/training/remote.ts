// Entry point of training in a thread or process of its own: engines block while they compute, and the caller must not.
import { parentPort } from "node:worker_threads";
import { openRunFolder } from "../folder/runFolder.js";
import type { FromTraining, ToTraining } from "./messages.js";
import { packError } from "./packedError.js";
import { trainFolder } from "./training.js";

let stopping = false;
const stop = () => {
  stopping = true;
};
const tell = (message: FromTraining) =>
  parentPort ? parentPort.postMessage(message) : process.connected && process.send?.(message);

async function start({ path, resume, engine }: Extract<ToTraining, { kind: "start" }>): Promise<void> {
  try {
    const run = openRunFolder(path);
    const ending = await trainFolder(
      { ...run, config: { ...run.config, engine } },
      {
        progress: (progress) => tell({ kind: "progress", progress }),
        message: (text) => tell({ kind: "message", text }),
        stopping: () => stopping,
      },
      { resume },
    );
    tell({ kind: "ending", ending });
  } catch (error) {
    tell({ kind: "error", error: packError(error) });
  }
  // Without an open port the thread or process ends.
  if (parentPort) parentPort.close();
  else if (process.connected) process.disconnect();
}

const hear = (message: ToTraining) => (message.kind === "stop" ? stop() : start(message));
if (parentPort) parentPort.on("message", hear);
else {
  process.on("message", hear);
  // Ctrl-C reaches every process of a terminal: the caller decides what to do, and sends a message.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  // The caller is gone: write a checkpoint and stop.
  process.on("disconnect", stop);
}
