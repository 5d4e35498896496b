// Entry point of training in a thread or process of its own: engines block while they compute, and the caller must not.
import { parentPort, workerData } from "node:worker_threads";
import { removeUnfinished } from "@imagefn/base";
import { openRunFolder } from "../folder/runFolder.js";
import { endWork, isHalted } from "./halt.js";
import type { FromTraining, ToTraining } from "./messages.js";
import { packError } from "./packedError.js";
import { inSteps } from "./sitting.js";
import { trainFolder } from "./training.js";

let stopping = false;
let phase: string | undefined;
/** Whether the caller is gone. */
let abandoned = false;
const stop = () => {
  stopping = true;
};
// An error of sending means that the caller is gone, which `disconnect` says too.
const tell = (message: FromTraining) =>
  parentPort
    ? parentPort.postMessage(message)
    : process.connected && process.send?.(message, undefined, undefined, () => {});

/** Ends a thread that has been asked to; in a process of its own there is none. */
function haltIfAsked(): void {
  if (!parentPort || !isHalted(workerData)) return;
  removeUnfinished();
  process.exit(1);
}

/** A caller that is gone needs no more than a checkpoint, which only steps can give. */
function abandon(): void {
  abandoned = true;
  stop();
  if (inSteps(phase)) return;
  removeUnfinished();
  process.exit(1);
}

async function start({
  path,
  resume,
  engine,
  changedData,
  changedSettings,
}: Extract<ToTraining, { kind: "start" }>): Promise<void> {
  try {
    const run = openRunFolder(path);
    const ending = await trainFolder(
      { ...run, config: { ...run.config, engine } },
      {
        progress(progress) {
          phase = progress.phase;
          haltIfAsked();
          if (abandoned) abandon();
          tell({ kind: "progress", progress });
        },
        message(text) {
          haltIfAsked();
          tell({ kind: "message", text });
        },
        stopping: () => stopping,
      },
      { resume, changedData, changedSettings },
    );
    tell({ kind: "ending", ending });
  } catch (error) {
    tell({ kind: "error", error: packError(error) });
  }
  // Without an open port the thread or process ends.
  if (parentPort) {
    endWork(workerData);
    return parentPort.close();
  }
  process.off("disconnect", abandon);
  if (process.connected) process.disconnect();
}

const hear = (message: ToTraining) => (message.kind === "stop" ? stop() : start(message));
if (parentPort) parentPort.on("message", hear);
else {
  process.on("message", hear);
  // Ctrl-C reaches every process of a terminal: the caller decides what to do, and sends a message.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  // The caller is gone: write a checkpoint and stop.
  process.on("disconnect", abandon);
  // A warning that cannot be printed must not end training without a checkpoint.
  process.stderr.on("error", () => {});
}
