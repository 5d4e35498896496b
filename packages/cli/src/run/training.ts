// A run from data to pictures: pre-train, train, sample; with checkpoints, previews and a log on the way.
import { join } from "node:path";
import {
  type ConsistencyTrainerOptions,
  consistencyTrainer,
  initPretrainState,
  initTrainState,
  pretrainer,
  psnr,
  reconstructionError,
  type StepResult,
  type Trainer,
} from "@imagefn/consistency";
import { readBatch } from "@imagefn/datasets";
import { saveImageFunction } from "@imagefn/inr";
import { adam, type Engine, type HostArray, leaves, radam, random, unflatten } from "@imagefn/ops";
import type { CmFunc } from "@imagefn/transformer";
import { stepCount } from "../config.js";
import { formatDuration, type Progress } from "../progress.js";
import type { RunFolder } from "../runFolder.js";
import { openLog } from "../runLog.js";
import { writeAtomic } from "../writeAtomic.js";
import { secondsPerStep, stepsThatFit } from "./budget.js";
import { type Checkpoint, type Phase, type Position, readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import { batches, type Data, loadData } from "./data.js";
import { engineOf, networkOf } from "./network.js";
import { writeDataGrid, writePreview, writeSampleGrid } from "./pictures.js";
import { sampler } from "./sampler.js";
import { weightsOf } from "./weights.js";

/** How a run speaks to whoever started it. */
export interface Listener {
  progress(progress: Progress): void;
  message(text: string): void;
  /** Whether to stop after this step. */
  stopping(): boolean;
}

export type Ending = "finished" | "stopped";

/** Seconds between two lines of the log. */
const LOG_EVERY = 1;

/** Everything that the phases of one run share. */
interface Sitting {
  readonly run: RunFolder;
  readonly listener: Listener;
  readonly engine: Engine;
  readonly data: Data;
  readonly generator: CmFunc;
  readonly log: ReturnType<typeof openLog>;
  /** Seconds of training so far, over all sittings. */
  seconds(): number;
}

/** Trains a run to its end, or until it is asked to stop; `resume` goes on from the last checkpoint. */
export async function train(run: RunFolder, listener: Listener, { resume = false } = {}): Promise<Ending> {
  const { config } = run;
  const checkpoint = resume ? await readCheckpoint(run) : undefined;
  const data = await loadData(config, (step, total) => listener.progress({ phase: "data", step, total }));
  const generator = networkOf(config, data.classes.length);
  const { engine, why } = await engineOf(config);
  const parameters = leaves<HostArray>(generator.init(random(config.seed))).reduce(
    (n, [, { shape }]) => n + shape.reduce((a, b) => a * b, 1),
    0,
  );
  listener.message(
    `${data.train.count} images, ${(parameters / 1e6).toFixed(2)} M parameters, engine ${engine.name} (${why})`,
  );
  if (checkpoint) listener.message(`going on from ${checkpoint.path}`);
  else await writeDataGrid(run, data.train, config.sample.count);

  const began = performance.now();
  const before = checkpoint?.position.seconds ?? 0;
  const sitting: Sitting = {
    run,
    listener,
    engine,
    data,
    generator,
    log: openLog(run.log),
    seconds: () => before + (performance.now() - began) / 1000,
  };

  const pretrained = await pretrainPhase(sitting, checkpoint);
  if (pretrained === "stopped") return "stopped";
  const trained = await trainPhase(sitting, pretrained, checkpoint);
  if (trained === "stopped") return "stopped";
  await finalSamples(sitting, trained);
  return "finished";
}

interface Pretrained {
  readonly params: ReadonlyMap<string, HostArray>;
  readonly steps: number;
}

/** The parameters that consistency training starts from. */
async function pretrainPhase(sitting: Sitting, checkpoint?: Checkpoint): Promise<Pretrained | "stopped"> {
  const { run, engine, data, generator, listener, log } = sitting;
  const { config } = run;
  if (checkpoint?.position.phase === "train")
    return {
      params: weightsOf(checkpoint.state, config, "online"),
      steps: checkpoint.position.pretrainSteps ?? 0,
    };
  const initial = generator.init(random(config.seed).stream("init"));
  const asked = stepCount(config.pretrain.steps, { images: data.train.count, batch: config.pretrain.batch });
  if (asked === 0) return { params: new Map(leaves<HostArray>(initial)), steps: 0 };

  const state = initPretrainState(initial, adam());
  const trainer = await pretrainer(
    {
      ...config.pretrain,
      engine,
      generator,
      seed: config.seed,
      data: batches(config, data, config.pretrain.batch, "pretrain"),
      variationalCoordinates: config.generator.variationalCoordinates,
    },
    state,
  );
  const share = (config.budget.minutes ?? 0) * 60 * config.budget.pretrainShare;
  const steps = await begin(sitting, trainer, state, {
    asked,
    seconds: share,
    before: checkpoint?.position.pretrainSteps,
    state: checkpoint?.state,
  });
  const ending = await runSteps(sitting, trainer, {
    phase: "pretrain",
    first: checkpoint?.position.step ?? 0,
    pretrainSteps: steps,
    trainSteps: null,
  });
  if (ending === "stopped") return "stopped";
  const params = weightsOf(await trainer.read("params"), config, "online");
  await trainer.dispose();
  const mse = await heldOutError(sitting, params);
  if (mse !== undefined) {
    listener.message(
      `pre-training ends; reconstruction of ${data.test.count} held-out images: ${psnr(mse).toFixed(2)} dB PSNR`,
    );
    log.append({ phase: "pretrain", step: steps, heldOutPsnr: psnr(mse) });
  }
  return { params, steps };
}

/** Consistency training to its end: the final state. */
async function trainPhase(
  sitting: Sitting,
  { params, steps: pretrainSteps }: Pretrained,
  checkpoint?: Checkpoint,
): Promise<ReadonlyMap<string, HostArray> | "stopped"> {
  const { run, engine, data, generator } = sitting;
  const { config } = run;
  const resumed = checkpoint?.position.phase === "train" ? checkpoint : undefined;
  const options: ConsistencyTrainerOptions = {
    ...config.train,
    engine,
    generator,
    seed: config.seed,
    data: batches(config, data, config.train.batch, "train"),
    variationalCoordinates: config.generator.variationalCoordinates,
  };
  const start = unflatten(generator.init(random(config.seed)), params);
  const state = initTrainState(start, {
    ...options,
    optimizer: options.optimizer === "radam" ? radam() : adam(),
  });
  const trainer = await consistencyTrainer(options, state);
  const steps = await begin(sitting, trainer, state, {
    asked: stepCount(config.train.steps, { images: data.train.count, batch: config.train.batch }),
    seconds: (config.budget.minutes ?? 0) * 60 - sitting.seconds(),
    before: resumed?.position.trainSteps,
    state: resumed?.state,
  });
  const ending = await runSteps(sitting, trainer, {
    phase: "train",
    first: resumed?.position.step ?? 0,
    pretrainSteps,
    trainSteps: steps,
  });
  if (ending === "stopped") return "stopped";
  const final = await trainer.read();
  await trainer.dispose();
  return final;
}

interface Start {
  /** Steps that the configuration asks for where there is no time budget. */
  readonly asked: number;
  /** Time of this phase under a budget. */
  readonly seconds: number;
  /** Steps chosen in an earlier sitting, and the state it left. */
  readonly before?: number | null;
  readonly state?: ReadonlyMap<string, HostArray>;
}

/** Puts a trainer where it has to go on, and says how many steps its phase has in all. */
async function begin(
  { run, listener }: Sitting,
  trainer: Trainer,
  initial: unknown,
  start: Start,
): Promise<number> {
  if (start.state && start.before) {
    await trainer.write(start.state);
    return start.before;
  }
  if (run.config.budget.minutes === null) return start.asked;
  const began = performance.now();
  const perStep = await secondsPerStep(trainer, new Map(leaves<HostArray>(initial)));
  const left = start.seconds - (performance.now() - began) / 1000;
  const steps = stepsThatFit(left, perStep);
  listener.message(
    `a step takes ${(perStep * 1000).toFixed(0)} ms: ${steps} steps fit into ${formatDuration(Math.max(left, 0))}`,
  );
  return steps;
}

/** Runs the steps of a phase, with progress, log, previews and checkpoints. */
async function runSteps(
  sitting: Sitting,
  trainer: Trainer,
  {
    phase,
    first,
    pretrainSteps,
    trainSteps,
  }: { phase: Phase; first: number; pretrainSteps: number; trainSteps: number | null },
): Promise<Ending> {
  const { run, listener, log, data } = sitting;
  const total = phase === "pretrain" ? pretrainSteps : trainSteps!;
  const due = {
    log: clock(LOG_EVERY),
    checkpoint: clock(run.config.checkpoint.everySeconds),
    preview: clock(run.config.sample.everySeconds),
  };
  const save = async (step: number) => {
    const position: Position = {
      phase,
      step,
      pretrainSteps,
      trainSteps,
      seconds: sitting.seconds(),
      classes: data.classes,
    };
    return (await writeCheckpoint(run, position, await trainer.read())).path;
  };
  let losses: number[] = [];
  for (let k = first; k < total; k++) {
    const result = await trainer.step(k, total);
    losses.push(result.loss);
    listener.progress({ phase, step: k + 1, total, loss: result.loss });
    if (due.log() || k + 1 === total) {
      log.append(entry(phase, k + 1, losses, result, sitting.seconds()));
      losses = [];
    }
    const stopping = listener.stopping();
    if (stopping || k + 1 === total || due.checkpoint()) await save(k + 1);
    if (stopping) return "stopped";
    if (phase === "train" && due.preview())
      await preview(sitting, await trainer.read(), pretrainSteps + k + 1);
    // Messages from outside are heard between steps only.
    await new Promise(setImmediate);
  }
  return "finished";
}

/** A line of the log: the mean loss since the line before. */
const entry = (phase: Phase, step: number, losses: readonly number[], last: StepResult, seconds: number) => ({
  phase,
  step,
  ...last,
  loss: losses.reduce((a, b) => a + b, 0) / losses.length,
  seconds: Number(seconds.toFixed(2)),
});

/** True every so many seconds. */
function clock(seconds: number): () => boolean {
  let last = performance.now();
  return () => {
    if (performance.now() - last < seconds * 1000) return false;
    last = performance.now();
    return true;
  };
}

/** Mean squared error of the reconstruction of held-out images, in whole batches; undefined where there are too few. */
async function heldOutError(
  { run, engine, data, generator }: Sitting,
  params: ReadonlyMap<string, HostArray>,
) {
  const { batch, targetScale } = run.config.pretrain;
  const whole = Math.floor(data.test.count / batch);
  if (whole === 0) return undefined;
  const tree = unflatten(generator.init(random(0)), params);
  const runnable = await engine.compile(reconstructionError({ generator, batch, targetScale }, tree), {
    params: tree,
  });
  let total = 0;
  for (let b = 0; b < whole; b++) {
    const images = readBatch(
      data.test,
      Array.from({ length: batch }, (_, i) => b * batch + i),
    );
    const { mse } = await runnable.run({ images, coordinates: generator.coordinates(batch) });
    total += mse.data[0];
  }
  await runnable.dispose();
  return total / whole;
}

const classesOf = ({ data }: Sitting, count: number) =>
  data.classes.length > 0 ? Array.from({ length: count }, (_, i) => i % data.classes.length) : undefined;

async function preview(sitting: Sitting, state: ReadonlyMap<string, HostArray>, step: number): Promise<void> {
  const { run, engine, generator } = sitting;
  const { count, ema } = run.config.sample;
  const own = await sampler(engine, generator, weightsOf(state, run.config, ema));
  const functions = await own.functions({ count, seed: run.config.seed, labels: classesOf(sitting, count) });
  await own.dispose();
  await writePreview(engine, run, functions, step);
}

/** The samples that a run ends with: every function as a file, and a grid of them at every size. */
async function finalSamples(sitting: Sitting, state: ReadonlyMap<string, HostArray>): Promise<void> {
  const { run, engine, generator, listener } = sitting;
  const { config } = run;
  const { count, sizes, ema } = config.sample;
  const own = await sampler(engine, generator, weightsOf(state, config, ema));
  const functions = await own.functions({ count, seed: config.seed, labels: classesOf(sitting, count) });
  await own.dispose();
  for (const [i, fn] of functions.entries())
    await writeAtomic(
      join(run.functions, `sample-${String(i).padStart(4, "0")}.safetensors`),
      saveImageFunction(fn),
    );
  for (const [i, [width, height]] of sizes.entries()) {
    listener.progress({ phase: "sample", step: i, total: sizes.length });
    await writeSampleGrid(engine, functions, join(run.samples, `${width}x${height}.png`), [width, height]);
    listener.progress({ phase: "sample", step: i + 1, total: sizes.length });
  }
}
