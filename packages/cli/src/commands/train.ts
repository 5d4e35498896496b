// `imagefn train`: trains or resumes a run and shows its progress.
import { join } from "node:path";
import { quoted } from "@imagefn/base";
import type { MpiRanks } from "@imagefn/distributed";
import {
  type Config,
  finalSizes,
  listCheckpoints,
  makesFunctions,
  openRun,
  openRunFolder,
  type Progress,
  type Run,
  type RunFolder,
  readLog,
  resolveConfig,
  train,
  trainAlong,
} from "@imagefn/runs";
import { type LiveReport, serveReport, writeReport } from "@imagefn/viewer";
import { commandText, distilText } from "../commandText.js";
import { dryRun } from "../dryRun.js";
import { explain, UserError } from "../errors.js";
import { cleanInterrupt, INTERRUPTED, interruptible } from "../interrupt.js";
import { refuseLauncher } from "../launcher.js";
import { boundText, fail, hurry, joined } from "../mpi.js";
import type { TrainOptions } from "../options/train.js";
import type { Print } from "../output.js";
import { createProgress } from "../progress.js";
import { requestLayers } from "../requestLayers.js";

/** Shows all of it on stderr; the document tells what the run is at the end, or what a dry run found out. */
export async function run(options: TrainOptions, print: Print): Promise<object | undefined> {
  if (options.dryRun) return dryRun(options, print);
  if (!options.mpi) {
    refuseLauncher(process.env);
    return trainHere(options);
  }
  const ranks = await joined({ library: options.mpiLibrary, patience: options.patience });
  try {
    const document = await (ranks.rank === 0 ? trainHere(options, ranks) : help(ranks));
    await ranks.close();
    return document;
  } catch (error) {
    return fail(ranks, error);
  }
}

/** Trains what rank 0 trains. It shows the progress, and its exit code counts. */
async function help(ranks: MpiRanks): Promise<undefined> {
  const { signal, release } = interruptible(
    (name) => name === "SIGUSR1" || hurry(ranks),
    undefined,
    "SIGUSR1",
  );
  try {
    await trainAlong({ ranks, signal });
  } finally {
    release();
  }
}

async function trainHere(options: TrainOptions, ranks?: MpiRanks): Promise<object> {
  const { resume, out, watch, port, config, engine, threads, changedData, changedSettings } = options;
  const progress = createProgress();
  let path = "";
  let phase: string | undefined;
  let live: LiveReport | undefined;
  const { signal, release } = interruptible(
    (name) => {
      if (ranks && name !== "SIGUSR1") hurry(ranks);
      progress.message(firstWords(phase, path));
    },
    () => progress.message(lastWords(phase, path)),
    ranks ? "SIGUSR1" : undefined,
  );
  const bound = ranks && boundText(ranks);
  if (bound) progress.message(bound);
  const onStart = async (folder: RunFolder) => {
    path = folder.path;
    progress.message(`run folder ${quoted(path)}`);
    if (!watch) return;
    live = await serveReport(folder, { port });
    progress.message(`watch it at ${live.url}`);
  };
  const { batchPerRank } = options;
  const listener = {
    signal,
    ranks,
    engine,
    threads,
    onMessage: progress.message,
    onProgress(state: Progress) {
      phase = state.phase;
      progress.update(state);
      live?.update(state);
    },
  };
  let trained: Run;
  try {
    if (resume === undefined) {
      const resolved = resolveConfig(config, requestLayers(options));
      trained = await train(resolved, {
        ...listener,
        out,
        onStart,
        batchPerRank,
        command: commandText(),
      });
    } else {
      const before = await openRun(resume);
      await onStart(before);
      trained = await before.resume({ ...listener, changedData, changedSettings });
    }
  } catch (error) {
    progress.done();
    if (signal.aborted) process.exit(INTERRUPTED);
    throw inFolder(error, phase, path);
  } finally {
    release();
    await live?.close();
  }
  progress.done();
  const report = await reported(trained, progress.message);
  if (signal.aborted) {
    progress.message(`stopped; resume with: ${commandText(["train", "--resume", path])}`);
    process.exitCode = INTERRUPTED;
    return documentOf(trained, report);
  }
  for (const line of results(trained)) progress.message(line);
  for (const line of nextWords(trained.config, path)) progress.message(line);
  if (report !== undefined) progress.message(`report: ${quoted(report)}`);
  return documentOf(trained, report);
}

/** Where a run stands, by the last line of its log that tells of a step. */
function documentOf(run: Run, report: string | undefined): object {
  const entry = readLog(run.log).findLast(({ loss }) => loss !== undefined);
  const { phase = null, step = null, loss = null, seconds = null } = entry ?? {};
  const pictures = run.finished ? picturesOf(run) : [];
  return {
    run: run.path,
    finished: run.finished,
    phase,
    step,
    loss,
    seconds,
    pictures,
    report: report ?? null,
  };
}

/** The final grids. */
const picturesOf = ({ config, samples }: RunFolder): string[] =>
  finalSizes(config).map(([width, height]) => join(samples, `${width}x${height}.png`));

/** What a finished run contains. */
function results(run: RunFolder): string[] {
  const { config, functions } = run;
  const { count } = config.sample;
  return [
    makesFunctions(config)
      ? `done: ${count} image functions in ${quoted(functions)}, drawn at every size in`
      : `done: ${count} images in`,
    ...picturesOf(run).map((path) => `  ${quoted(path)}`),
  ];
}

/** What to do with a run that has ended. */
function nextWords({ generator, train }: Config, path: string): string[] {
  if (train.objective === "diffusion") return [`distil it with: ${distilText(path)}`];
  return generator.kind === "func" ? [`explore it with: ${commandText(["explore", path])}`] : [];
}

/** Writes the report at the end. A run that lacks only this page has not failed. */
async function reported(folder: RunFolder, message: (text: string) => void): Promise<string | undefined> {
  const undo = cleanInterrupt();
  try {
    return await writeReport(folder);
  } catch (error) {
    message(`warning: no report was written: ${explain(error).message}`);
    return undefined;
  } finally {
    undo();
  }
}

const inSteps = (phase: string | undefined) => phase === "pretrain" || phase === "train";

/** What the first Ctrl-C does, by phase. */
const firstWords = (phase: string | undefined, path: string): string =>
  inSteps(phase)
    ? "stopping after this step, with a checkpoint (Ctrl-C again stops at once)"
    : lastWords(phase, path);

/** What is left when Ctrl-C ends the command at once. */
function lastWords(phase: string | undefined, path: string): string {
  if (phase === undefined || phase === "data") return "stopped before training began";
  if (phase === "sample")
    return `stopped while drawing samples; draw them with: ${commandText(["train", "--resume", path])}`;
  return hasCheckpoint(path)
    ? "stopped at once; the last checkpoint is kept"
    : "stopped at once, before the first checkpoint";
}

function hasCheckpoint(path: string): boolean {
  try {
    return listCheckpoints(openRunFolder(path)).length > 0;
  } catch {
    return false;
  }
}

/** Adds the run folder to an error in training, unless the message names it. */
function inFolder(error: unknown, phase: string | undefined, path: string): unknown {
  const { message, exitCode } = explain(error);
  if (phase === undefined || phase === "data" || message.includes(quoted(path))) return error;
  const { stack } = error as Error;
  return Object.assign(new UserError(`${message} The run folder is ${quoted(path)}.`), { exitCode, stack });
}
