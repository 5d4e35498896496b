// The steps of one phase: the first one, their number, and what happens between them.

import { ImagefnError } from "@imagefn/base";
import type { Trainer } from "@imagefn/consistency";
import type { HostArray } from "@imagefn/ops";
import { type Phase, type Position, writeCheckpoint } from "../folder/checkpoint.js";
import { listCheckpoints } from "../folder/checkpoints.js";
import type { LogEntry } from "../folder/log.js";
import type { RunFolder } from "../folder/runFolder.js";
import { formatDuration } from "../progress.js";
import { secondsPerStep, stepsThatFit } from "./budget.js";
import type { Ending, Sitting } from "./sitting.js";

/** Fractions of a phase at which its length is fitted to the time again. None during the decay, which has to be smooth. */
const REFITS = [0.05, 0.15, 0.3, 0.45];

type State = ReadonlyMap<string, HostArray>;

/** Seconds between two lines of the log. */
const LOG_EVERY = 1;

export interface Start {
  /** Steps of the configuration, used if there is no time budget. */
  readonly asked: number;
  /** Time of this phase under a budget. */
  readonly seconds: number;
  /** Steps chosen in an earlier session, and its state. */
  readonly before?: number | null;
  readonly state?: ReadonlyMap<string, HostArray>;
}

/** Restores the state of a trainer, and returns the total number of steps of its phase. */
export async function begin({ run, listener }: Sitting, trainer: Trainer, start: Start): Promise<number> {
  if (start.state && start.before) {
    checkAverages(trainer.paths, start.state);
    await trainer.write(start.state);
    return start.before;
  }
  if (run.config.budget.minutes === null) return start.asked;
  const began = performance.now();
  const perStep = await secondsPerStep(trainer, await trainer.read());
  const left = start.seconds - (performance.now() - began) / 1000;
  const steps = stepsThatFit(left, perStep);
  listener.message(
    `a step takes ${(perStep * 1000).toFixed(0)} ms: ${steps} steps fit in ${formatDuration(Math.max(left, 0))}`,
  );
  return steps;
}

/** Rejects a state with other averages than the configuration has: training could not continue from it. */
function checkAverages(expected: readonly string[], state: ReadonlyMap<string, HostArray>): void {
  if (expected.length === state.size && expected.every((path) => state.has(path))) return;
  throw new ImagefnError(
    "other-settings",
    "the checkpoint has other averages of the weights than config.yaml (train.emaRates, train.targetEma). " +
      "Restore the run's own config.yaml, or start a new run with the changed one.",
  );
}

/** Runs the steps of a phase, with progress, log, previews and checkpoints. */
export async function runSteps(
  sitting: Sitting,
  trainer: Trainer,
  {
    phase,
    first,
    pretrainSteps,
    trainSteps,
    preview,
    evaluate,
    endsAt,
  }: {
    phase: Phase;
    first: number;
    pretrainSteps: number;
    trainSteps: number | null;
    /** Draws samples of a state, every `sample.everySeconds`. */
    preview?(state: State, step: number): Promise<void>;
    /** Measures a state, every `evaluate.everySeconds` and at the end: values for the log. */
    evaluate?(state: State): Promise<LogEntry | undefined>;
    /** Seconds of training, over all sessions, at which the phase should end; its length follows the machine's speed. */
    endsAt?: number;
  },
): Promise<Ending> {
  const { run, listener, log, data } = sitting;
  let total = phase === "pretrain" ? pretrainSteps : trainSteps!;
  const began = { step: first, seconds: sitting.seconds() };
  const refits = endsAt === undefined ? [] : [...REFITS];
  const due = {
    log: clock(LOG_EVERY),
    checkpoint: clock(run.config.checkpoint.everySeconds),
    preview: clock(run.config.sample.everySeconds),
    evaluation: clock(run.config.evaluate.everySeconds ?? Number.POSITIVE_INFINITY),
  };
  const save = async (step: number) => {
    const position: Position = {
      phase,
      step,
      pretrainSteps,
      trainSteps: phase === "train" ? total : null,
      seconds: sitting.seconds(),
      classes: data.classes,
    };
    const state = await trainer.read();
    const broken = [...state].find(([, { data }]) => data.some((x) => !Number.isFinite(x)));
    // Keep the previous checkpoint: training could not continue from this one.
    if (broken)
      throw withWayBack(
        run,
        new Error(
          `after ${phase} step ${step - 1} the weights became NaN or infinite (${broken[0]}). ` +
            "Lower the learning rate, or limit the gradient with train.clipNorm.",
        ),
      );
    await writeCheckpoint(run, position, state);
  };
  let losses: number[] = [];
  let times: number[] = [];
  for (let k = first; k < total; k++) {
    const start = performance.now();
    const result = await trainer.step(k, total).catch((error) => {
      throw withWayBack(run, error);
    });
    losses.push(result.loss);
    times.push(performance.now() - start);
    listener.progress({ phase, step: k + 1, total, loss: result.loss });
    const stopping = listener.stopping();
    const last = stopping || k + 1 === total;
    if (due.log() || last) {
      log.append({
        phase,
        step: k + 1,
        ...result,
        loss: mean(losses),
        msPerStep: Number(mean(times).toFixed(2)),
        seconds: Number(sitting.seconds().toFixed(2)),
        ...(last ? { peakMemoryMiB: peakMemoryMiB() } : {}),
      });
      losses = [];
      times = [];
    }
    if (due.checkpoint() || last) await save(k + 1);
    if (stopping) return "stopped";
    if (preview && due.preview()) await preview(await trainer.read(), k + 1);
    if (evaluate && (due.evaluation() || last)) {
      const found = await evaluate(await trainer.read());
      if (found) log.append({ phase, step: k + 1, ...found });
    }
    if (endsAt !== undefined && k + 1 >= (refits[0] ?? Number.POSITIVE_INFINITY) * total) {
      refits.shift();
      const now = sitting.seconds();
      const perStep = (now - began.seconds) / (k + 1 - began.step);
      total = Math.max(k + 2, k + 1 + Math.round((endsAt - now) / perStep));
      Object.assign(began, { step: k + 1, seconds: now });
      log.append({ phase, step: k + 1, total });
    }
    // Messages from the caller arrive between steps only.
    await new Promise(setImmediate);
  }
  return "finished";
}

/** An error of a step, with advice on how to resume. */
function withWayBack(run: RunFolder, error: Error): ImagefnError {
  const last = listCheckpoints(run).at(-1);
  const way = last
    ? `The last checkpoint, ${last.path}, is kept. Change train.learningRate, pretrain.learningRate ` +
      `or train.clipNorm in ${run.path}/config.yaml, then resume.`
    : `There is no checkpoint yet: change the configuration and train again.`;
  const details = { path: run.path, checkpoint: last?.path };
  return Object.assign(new ImagefnError("diverged", `${error.message} ${way}`, details), {
    stack: error.stack,
  });
}

/** The log contains means since its previous line. */
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Peak memory of this process in MiB. */
const peakMemoryMiB = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

/** True every so many seconds. */
function clock(seconds: number): () => boolean {
  let last = performance.now();
  return () => {
    if (performance.now() - last < seconds * 1000) return false;
    last = performance.now();
    return true;
  };
}
