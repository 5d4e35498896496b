// The steps of one phase: the first one, their number, and what happens between them.
import { crc32 } from "node:zlib";
import { ImagefnError, quoted } from "@imagefn/base";
import type { Trainer } from "@imagefn/consistency";
import type { HostArray } from "@imagefn/ops";
import { writeCheckpoint } from "../folder/checkpoint.js";
import { checksum } from "../folder/checkpointFile.js";
import { listCheckpoints } from "../folder/checkpoints.js";
import type { LogEntry } from "../folder/log.js";
import type { Phase, Position } from "../folder/position.js";
import type { RunFolder } from "../folder/runFolder.js";
import { trainingSettings } from "../folder/settings.js";
import { formatDuration } from "../progress.js";
import { type Pace, paceOf } from "./pace.js";
import { leads, type Ranks } from "./ranks.js";
import type { Ending, Sitting } from "./sitting.js";
import { secondsPerStep } from "./speed.js";

type State = ReadonlyMap<string, HostArray>;

/** Seconds between two lines of the log. */
const LOG_EVERY = 1;

export interface Start {
  /** The field that sets the number of steps. */
  readonly field: "pretrain.steps" | "train.steps";
  /** Steps of the configuration, used if there is no time budget. */
  readonly asked: number;
  /** Seconds of training, over all sessions, at which the phase ends under a budget. */
  readonly endsAt: number;
  /** Where an earlier session stopped in this phase, and its state. */
  readonly position?: Position;
  /** Steps of the phase as that session knew them. */
  readonly before?: number | null;
  readonly state?: State;
}

/** How long a phase is: a number of steps, or as many as fit into its time. */
export type Length = { readonly steps: number } | { readonly pace: Pace };

/** Restores the state of a trainer, and returns the length of its phase. */
export async function begin(sitting: Sitting, trainer: Trainer, start: Start): Promise<Length> {
  const { run, listener, ranks, agreement } = sitting;
  const { endsAt, position } = start;
  const elapsed = () => agreement.seconds();
  if (start.state && start.before) {
    checkAverages(run, trainer.paths, start.state);
    await trainer.write(start.state);
    checkLength(sitting, start);
    const pace = position?.pace;
    return pace ? { pace: paceOf({ seconds: endsAt, elapsed, ...pace }) } : { steps: start.before };
  }
  if (run.config.budget.minutes === null) return { steps: start.asked };
  // Measured before the time that is left is looked at.
  const perStep = await secondsPerStep(trainer, await trainer.read(), ranks);
  await agreement.sync(0);
  const pace = paceOf({
    seconds: endsAt,
    elapsed,
    perStep,
  });
  const { denoise, drift } = run.config.train;
  const training = start.field === "train.steps";
  const change = training && denoise > 0 && denoise < 1;
  const takes = change ? "a step that denoises takes" : "a step takes";
  // Later ones take longer.
  const fit = change || (training && drift !== null) ? "at most " : "";
  listener.message(
    `${takes} ${(pace.perStep * 1000).toFixed(0)} ms: ${fit}${pace.left} steps fit into ${formatDuration(Math.max(endsAt - elapsed(), 0))}`,
  );
  return { pace };
}

/** Refuses a length that was changed since the checkpoint: the schedule up to there was one of another length. */
function checkLength({ run }: Sitting, { field, asked, before, position }: Start): void {
  const { minutes } = run.config.budget;
  const pace = position?.pace;
  const changed = pace
    ? (minutes === null || (pace.progress >= 1 && pace.minutes !== minutes)) &&
      `budget.minutes is ${minutes} in config.yaml, but this run was trained for ${pace.minutes}`
    : minutes !== null
      ? `budget.minutes is ${minutes} in config.yaml, but this run is trained by steps`
      : asked !== before && `${field} is ${asked} in config.yaml, but this run has ${before} steps`;
  if (!changed) return;
  throw new ImagefnError(
    "other-settings",
    `${changed}: its learning rate and noise levels follow that length. Restore it, or start a new run with the new one.`,
    { path: run.path, field: pace || minutes !== null ? "budget.minutes" : field },
  );
}

/** Rejects a state with other averages than the configuration has: training could not continue from it. */
function checkAverages(run: RunFolder, expected: readonly string[], state: State): void {
  if (expected.length === state.size && expected.every((path) => state.has(path))) return;
  throw new ImagefnError(
    "other-settings",
    "the checkpoint has other averages of the weights than config.yaml (train.emaRates, train.targetEma, train.trajectory, train.objective). " +
      "Restore the run's own config.yaml, or start a new run with the changed one.",
    { path: run.path },
  );
}

/** What a phase does along its steps. */
export interface Steps {
  readonly phase: Phase;
  /** Steps done in earlier sessions. */
  readonly first: number;
  readonly length: Length;
  /** Steps of pre-training, for the phase after it. */
  readonly pretrainSteps?: number;
  /** Draws samples of a state, every `sample.everySeconds`. */
  preview?(state: State, step: number): Promise<void>;
  /** Measures a state, every `evaluate.everySeconds` and at the end: values for the log. */
  evaluate?(state: State): Promise<LogEntry | undefined>;
}

/** Runs the steps of a phase, with progress, log, previews and checkpoints, and returns how many there are. */
export async function runSteps(
  sitting: Sitting,
  trainer: Trainer,
  { phase, first, length, pretrainSteps, preview, evaluate }: Steps,
): Promise<{ ending: Ending; steps: number }> {
  const { run, listener, log, data, ranks, agreement } = sitting;
  const pace = "pace" in length ? length.pace : undefined;
  /** Steps in all, after `done` of them. */
  const totalAfter = (done: number) => ("pace" in length ? done + length.pace.left : length.steps);
  const due = {
    log: clock(LOG_EVERY),
    preview: clock(run.config.sample.everySeconds),
    evaluation: clock(run.config.evaluate.everySeconds ?? Number.POSITIVE_INFINITY),
  };
  agreement.begin();
  const save = async (step: number) => {
    const total = totalAfter(step);
    const position: Position = {
      phase,
      step,
      pretrainSteps: phase === "train" ? (pretrainSteps ?? 0) : total,
      trainSteps: phase === "train" ? total : null,
      seconds: agreement.seconds(),
      classes: data.classes,
      ...(data.digest === undefined ? {} : { data: data.digest }),
      settings: trainingSettings(run.config),
      ...(pace
        ? { pace: { progress: pace.progress, perStep: pace.perStep, minutes: run.config.budget.minutes } }
        : {}),
    };
    const state = await trainer.read();
    await checkEqual(ranks, state, step);
    if (!leads(ranks)) return;
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
  await agreement.sync(0);
  // Once in each phase and session: the configuration may say "auto", and a session may have an engine of its own.
  let engine: { engine?: string } = { engine: sitting.engine.name };
  let losses: number[] = [];
  let times: number[] = [];
  let k = first;
  while (k < totalAfter(k)) {
    const K = totalAfter(k);
    // The last step under a time is at the end of the schedule, as step K - 1 of K is.
    const at = pace && pace.left > 1 ? pace.progress * K : k;
    await trainer.prepare(k, K, at);
    const start = performance.now();
    const result = await trainer.step(k, K, at).catch((error) => {
      // Other errors are of the images or of the engine.
      throw error.name === "DivergedError" ? withWayBack(run, error) : error;
    });
    const { notes, ...measured } = result;
    const { checkpoint, shared, ...decision } = agreement.after({ notes });
    let took = performance.now() - start;
    if (pace && shared) took = await agreement.sync(took);
    else agreement.pass(pace && took / 1000);
    pace?.advance(took / 1000);
    k++;
    losses.push(result.loss);
    times.push(took);
    const total = totalAfter(k);
    listener.progress({ phase, step: k, total, loss: result.loss });
    const stopping = decision.stopping();
    const last = stopping || k === total;
    if (due.log() || last) {
      log.append({
        phase,
        step: k,
        ...(pace ? { total } : {}),
        ...measured,
        loss: mean(losses),
        msPerStep: Number(mean(times).toFixed(2)),
        seconds: Number(agreement.seconds().toFixed(2)),
        ...(last ? { peakMemoryMiB: peakMemoryMiB() } : {}),
        ...engine,
      });
      engine = {};
      losses = [];
      times = [];
    }
    if (checkpoint || last) await save(k);
    if (stopping) return { ending: "stopped", steps: total };
    // Between two exchanges rank 0 has a state of its own.
    const shows = shared && leads(ranks);
    if (preview && shows && due.preview()) await preview(await trainer.read(), k);
    if (evaluate && shows && (due.evaluation() || last)) {
      const found = await evaluate(await trainer.read());
      if (found) log.append({ phase, step: k, ...found });
    }
    // Messages from the caller arrive between steps only.
    await new Promise(setImmediate);
  }
  return { ending: "finished", steps: k };
}

/** Refuses to go on if the ranks do not have the same state, bit for bit. */
async function checkEqual(ranks: Ranks, state: State, step: number): Promise<void> {
  if (ranks.size === 1) return;
  const sums = new Float64Array(ranks.size);
  sums[ranks.rank] = Number.parseInt(checksum("", state, crc32), 16);
  await ranks.sum(sums);
  const other = sums.findIndex((sum) => sum !== sums[0]);
  if (other >= 0)
    throw new Error(
      `after step ${step} rank ${other} has other weights than rank 0: the processes have drifted apart, which a faulty machine or ` +
        "different versions cause. The last checkpoint is kept.",
    );
}

/** An error of a step, with advice on how to resume. */
function withWayBack(run: RunFolder, error: Error): ImagefnError {
  const last = listCheckpoints(run).at(-1);
  const way = last
    ? `The last checkpoint, ${quoted(last.path)}, is kept. Change train.learningRate, pretrain.learningRate ` +
      `or train.clipNorm in ${quoted(`${run.path}/config.yaml`)}, then resume with the changed settings.`
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
