// `imagefn train`: makes or opens a run folder, starts the training thread and shows what it says.
import { Worker } from "node:worker_threads";
import type { Config } from "../config.js";
import { UserError } from "../errors.js";
import type { TrainOptions } from "../options/train.js";
import { createProgress } from "../progress.js";
import { resolveConfig } from "../resolve.js";
import type { FromWorker, WorkerInput } from "../run/messages.js";
import type { Ending } from "../run/training.js";
import { createRunFolder, openRunFolder, type RunFolder } from "../runFolder.js";

/** What shells expect of a program that ended because of Ctrl-C. */
const INTERRUPTED = 130;

export async function run(options: TrainOptions): Promise<void> {
  const { folder, engine } = await open(options);
  const progress = createProgress();
  progress.message(`run folder ${folder.path}`);
  const ending = await inWorker(
    { path: folder.path, resume: options.resume !== undefined, engine },
    progress,
  );
  progress.done();
  if (ending === "stopped") {
    progress.message(`stopped; go on with: imagefn train --resume ${folder.path}`);
    process.exitCode = INTERRUPTED;
    return;
  }
  const { sizes, count } = folder.config.sample;
  progress.message(`done: ${count} image functions in ${folder.functions}, drawn at every size in`);
  for (const [width, height] of sizes) progress.message(`  ${folder.samples}/${width}x${height}.png`);
}

async function open({
  resume,
  out,
  ...request
}: TrainOptions): Promise<{ folder: RunFolder; engine: Config["engine"] }> {
  if (resume === undefined) {
    const config = resolveConfig(request);
    return { folder: await createRunFolder(config, { out }), engine: config.engine };
  }
  const folder = openRunFolder(resume);
  const { name, threads } = folder.config.engine;
  return { folder, engine: { name: request.engine ?? name, threads: request.threads ?? threads } };
}

function inWorker(
  input: Omit<WorkerInput, "stop">,
  progress: ReturnType<typeof createProgress>,
): Promise<Ending> {
  const stop = new SharedArrayBuffer(4);
  const worker = new Worker(new URL("../run/worker.js", import.meta.url), { workerData: { ...input, stop } });
  let training = false;
  const interrupt = () => {
    const again = Atomics.exchange(new Int32Array(stop), 0, 1) !== 0;
    if (again || !training) {
      progress.message(
        training ? "stopped at once; the last checkpoint is kept" : "stopped before training began",
      );
      process.exit(INTERRUPTED);
    }
    progress.message("stopping after this step, with a checkpoint (Ctrl-C again stops at once)");
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return new Promise<Ending>((resolve, reject) => {
    worker.on("message", (message: FromWorker) => {
      switch (message.kind) {
        case "progress":
          training = message.progress.phase === "pretrain" || message.progress.phase === "train";
          progress.update(message.progress);
          break;
        case "message":
          progress.message(message.text);
          break;
        case "ending":
          resolve(message.ending);
          break;
        case "error":
          progress.done();
          reject(
            Object.assign(new UserError(`${message.message} The run folder is ${input.path}.`), {
              stack: message.stack,
            }),
          );
      }
    });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`the training thread ended by itself (code ${code})`)));
  }).finally(() => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  });
}
