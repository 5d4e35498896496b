// `imagefn train`: makes or opens a run folder, starts the training thread and shows what it says.
import { rmSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { cleanInterrupt } from "@imagefn/base";
import {
  type Config,
  createRunFolder,
  type Ending,
  type FromWorker,
  finalSizes,
  openRunFolder,
  type Progress,
  type ProgressWriter,
  type RunFolder,
  resolveConfig,
  unpackError,
  type WorkerInput,
  workerUrl,
} from "@imagefn/runs";
import { serveReport, writeReport } from "@imagefn/viewer";
import { explain, UserError } from "../errors.js";
import type { TrainOptions } from "../options/train.js";
import { createProgress } from "../progress.js";

/** What shells expect of a program that ended because of Ctrl-C. */
const INTERRUPTED = 130;

export async function run(options: TrainOptions): Promise<void> {
  const { folder, engine } = await open(options);
  const resume = options.resume !== undefined;
  const progress = createProgress();
  progress.message(`run folder ${folder.path}`);
  // A new run that has not come as far as its first step holds nothing to keep, and would only be in the way.
  const leave = (began: boolean) => {
    if (!resume && !began) rmSync(folder.path, { recursive: true, force: true });
  };
  const live = options.watch ? await watched(folder, options, progress, leave) : undefined;
  const update = (state: Progress) => {
    progress.update(state);
    live?.update(state);
  };
  const input = { path: folder.path, resume, engine };
  const ending = await inWorker(input, { ...progress, update }, leave).finally(() => live?.close());
  progress.done();
  const report = await reported(folder, progress);
  if (ending === "stopped") {
    progress.message(`stopped; go on with: imagefn train --resume ${folder.path}`);
    process.exitCode = INTERRUPTED;
    return;
  }
  const { count } = folder.config.sample;
  progress.message(
    folder.config.generator.kind === "func"
      ? `done: ${count} image functions in ${folder.functions}, drawn at every size in`
      : `done: ${count} images in`,
  );
  for (const [width, height] of finalSizes(folder.config))
    progress.message(`  ${folder.samples}/${width}x${height}.png`);
  if (report !== undefined) progress.message(`report: ${report}`);
}

/** The live report of a run, whose address is said. */
async function watched(
  folder: RunFolder,
  { port }: TrainOptions,
  progress: ProgressWriter,
  leave: (began: boolean) => void,
) {
  try {
    const live = await serveReport(folder, { port });
    progress.message(`watch it at ${live.url}`);
    return live;
  } catch (error) {
    leave(false);
    throw error;
  }
}

/** The report at the end. A run that is complete but for this page has not failed. */
async function reported(folder: RunFolder, progress: ProgressWriter): Promise<string | undefined> {
  cleanInterrupt();
  try {
    return await writeReport(folder);
  } catch (error) {
    progress.message(`warning: there is no report: ${explain(error).message}`);
    return undefined;
  }
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

/** What to say when Ctrl-C ends the command at once, by the phase it was in. */
function lastWords(phase: string | undefined, path: string): string {
  if (phase === undefined || phase === "data") return "stopped before training began";
  if (phase === "sample")
    return `stopped while the samples were drawn; draw them with: imagefn train --resume ${path}`;
  return "stopped at once; the last checkpoint is kept";
}

/** Trains in a thread, since engines block theirs while they compute. `leave` is told before a bad end how far it came. */
function inWorker(
  input: Omit<WorkerInput, "stop">,
  progress: ProgressWriter,
  leave: (began: boolean) => void,
): Promise<Ending> {
  const stop = new SharedArrayBuffer(4);
  const worker = new Worker(workerUrl, { workerData: { ...input, stop } });
  let phase: string | undefined;
  const began = () => phase !== undefined && phase !== "data";
  const interrupt = () => {
    const again = Atomics.exchange(new Int32Array(stop), 0, 1) !== 0;
    if (!again && (phase === "pretrain" || phase === "train")) {
      progress.message("stopping after this step, with a checkpoint (Ctrl-C again stops at once)");
      return;
    }
    progress.message(lastWords(phase, input.path));
    leave(began());
    process.exit(INTERRUPTED);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return new Promise<Ending>((resolve, reject) => {
    const fail = (error: Error) => {
      progress.done();
      leave(began());
      reject(error);
    };
    worker.on("message", (message: FromWorker) => {
      switch (message.kind) {
        case "progress":
          phase = message.progress.phase;
          progress.update(message.progress);
          break;
        case "message":
          progress.message(message.text);
          break;
        case "ending":
          resolve(message.ending);
          break;
        case "error": {
          const error = unpackError(message.error);
          const { message: text, exitCode } = explain(error);
          const where = began() && !text.includes(input.path) ? ` The run folder is ${input.path}.` : "";
          fail(Object.assign(new UserError(text + where), { exitCode, stack: error.stack }));
        }
      }
    });
    worker.on("error", fail);
    worker.on("exit", (code) => reject(new Error(`the training thread ended by itself (code ${code})`)));
  }).finally(() => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  });
}
