// A run from data to pictures: pre-train, train and sample, with checkpoints, previews and a log.
import { ImagefnError, quoted } from "@imagefn/base";
import {
  consistencyTrainer,
  type Distance,
  type DriftFeatures,
  pretrainer,
  psnr,
  type Trainer,
} from "@imagefn/consistency";
import { type HostArray, leaves, random, unflatten } from "@imagefn/ops";
import { type Config, stepCount } from "../config/schema.js";
import { loadData } from "../data/data.js";
import { type OwnImages, ownData } from "../data/ownImages.js";
import { type TrainingData, trainingData } from "../data/trainingData.js";
import { distanceOf } from "../distances.js";
import { driftOf } from "../drift.js";
import { trainingEngine } from "../engine/trainingEngine.js";
import { type Checkpoint, checkpointToResume } from "../folder/checkpoint.js";
import { openLog } from "../folder/log.js";
import { openLogs } from "../folder/logs.js";
import type { RunFolder } from "../folder/runFolder.js";
import { changedText, changesImages, checkSettings } from "../folder/settings.js";
import { engineOf, networkOf, parameterCount } from "../sampling/network.js";
import { weightsOf } from "../sampling/weights.js";
import { agreement } from "./agreement.js";
import { checkBatches } from "./checkBatches.js";
import { engineHere } from "./engineHere.js";
import { alone, checkShares, leads, loadedInTurn, type Ranks, toldCheckpoint, toldTeacher } from "./ranks.js";
import { denoising, finalSamples, heldOutError, preview, writeDataGrid } from "./results.js";
import type { Accepted, Ending, Listener, Sitting } from "./sitting.js";
import { spreadWatch } from "./spread.js";
import { begin, runSteps } from "./steps.js";
import { checkTeacherClasses, readTeacher } from "./teacher.js";
import { trainerOptions } from "./trainerOptions.js";

/** Trains a run to its end, or until it is asked to stop; `resume` starts at the last checkpoint, if there is one. */
export async function trainFolder(
  run: RunFolder,
  listener: Listener,
  {
    resume = false,
    images,
    ranks = alone,
    ...accepted
  }: { resume?: boolean; images?: OwnImages; ranks?: Ranks } & Accepted = {},
): Promise<Ending> {
  const { config } = run;
  const first = leads(ranks);
  checkShares(config, ranks);
  const checkpoint = await toldCheckpoint(ranks, resume && first ? await checkpointToResume(run) : undefined);
  const teacher = checkpoint
    ? undefined
    : await toldTeacher(ranks, first ? await readTeacher(config) : undefined);
  const again = resume && checkpoint === undefined;
  const changed =
    checkpoint && first
      ? checkSettings(run, checkpoint, { accepted: accepted.changedSettings === true })
      : [];
  const onData = (step: number, total: number | null) =>
    listener.progress({ phase: "data", step, total, unit: "images" });
  const data = await loadedInTurn(ranks, async () =>
    images ? ownData(config, images, onData) : trainingData(config, await loadData(config, onData)),
  );
  // Settings that decide about the images have been accepted by name.
  if (checkpoint && first && !changesImages(changed))
    checkData(run, checkpoint, data, { changedData: accepted.changedData === true, listener });
  if (changed.length > 0) {
    openLog(run.log).append({ changedSettings: changed });
    listener.message(`warning: settings were changed since the last checkpoint: ${changedText(changed)}`);
  }
  for (const warning of data.warnings) listener.message(`warning: ${warning}`);
  checkTeacherClasses(config, teacher, data.classes);
  const generator = networkOf(config, data.classes.length);
  checkBatches(config, data, generator);
  const [distance, drift] = [await distanceOf(config), await driftOf(config)];
  // Ranks compute alike, so none of them measures for itself.
  const { engine, why } =
    ranks.size > 1
      ? await engineOf({ engine: engineHere(config.engine, ranks) })
      : await trainingEngine({ config, generator, data, distance }, listener.message);
  listener.message(
    `${data.title}, ${(parameterCount(generator) / 1e6).toFixed(2)} M parameters, engine ${engine.name} (${why})`,
  );
  if (teacher) listener.message(teacher.origin);
  if (checkpoint) listener.message(`resuming from ${quoted(checkpoint.path)}`);
  else if (again) listener.message("there is no checkpoint yet: training begins at its first step");
  if (ranks.size > 1) listener.message(sharedText(config, ranks));
  else if (config.train.averageEvery > 1)
    listener.message(
      "warning: train.averageEvery has no effect on one process: there are no others to average with",
    );
  if (!checkpoint && first) await writeDataGrid(run, await data.first(config.sample.count));

  const sitting: Sitting = {
    run,
    listener,
    engine,
    data,
    generator,
    log: first ? openLogs(run, checkpoint?.position, again) : { append() {} },
    ranks,
    agreement: agreement({
      ranks,
      before: checkpoint?.position.seconds ?? 0,
      checkpointEvery: config.checkpoint.everySeconds,
      stopping: listener.stopping,
    }),
  };

  const pretrained = teacher
    ? { params: teacher.weights, steps: 0 }
    : await pretrainPhase(sitting, checkpoint);
  if (pretrained === "stopped") return "stopped";
  const trained = await trainPhase(sitting, pretrained, { distance, drift }, checkpoint);
  if (trained === "stopped") return "stopped";
  if (first) await finalSamples(sitting, trained);
  return "finished";
}

/** How a batch is shared out, in one line. */
function sharedText({ train, engine }: Config, ranks: Ranks): string {
  const { size } = ranks;
  const each = train.batch / size;
  const { threads } = engineHere(engine, ranks);
  const parts = train.accumulate > 1 ? ` in ${train.accumulate} parts` : "";
  const average =
    train.averageEvery > 1 ? `, which average their states every ${train.averageEvery} steps` : "";
  return (
    `${size} processes with ${threads === 0 ? "all threads" : `${threads} thread${threads > 1 ? "s" : ""}`} each, ` +
    `${each} of ${train.batch} images per step${parts} in each${average}`
  );
}

/**
 * Refuses images that are not those of the checkpoint: other files, sizes or classes would permute labels, or train on
 * images that were held out.
 */
function checkData(
  run: RunFolder,
  { path, position }: Checkpoint,
  { digest }: TrainingData,
  { changedData, listener }: { changedData: boolean; listener: Listener },
): void {
  if (position.data === undefined || digest === undefined || position.data === digest) return;
  const what = "images were added, removed, renamed or put into other classes since the last checkpoint";
  if (!changedData)
    throw new ImagefnError(
      "changed-data",
      `${what} of ${quoted(run.path)}: held-out images would be trained on, or labels mean other classes. Restore the images.`,
      { path: run.path, checkpoint: path },
    );
  openLog(run.log).append({ changedData: digest });
  listener.message(`warning: ${what}`);
}

interface Pretrained {
  readonly params: ReadonlyMap<string, HostArray>;
  readonly steps: number;
}

/** The initial parameters of consistency training. */
async function pretrainPhase(sitting: Sitting, checkpoint?: Checkpoint): Promise<Pretrained | "stopped"> {
  const { run, data, generator } = sitting;
  const { config } = run;
  if (checkpoint?.position.phase === "train")
    return {
      params: weightsOf(checkpoint.state, config, "online"),
      steps: checkpoint.position.pretrainSteps ?? 0,
    };
  const initial = generator.init(random(config.seed).stream("init"));
  const asked = stepCount(config.pretrain.steps, { images: data.count, batch: config.pretrain.batch });
  // Only a generator of functions can reconstruct (Eq. 10).
  if (asked === 0 || !generator.reconstruct) return { params: new Map(leaves<HostArray>(initial)), steps: 0 };

  const trainer = await pretrainer(
    {
      ...config.pretrain,
      ...trainerOptions(config, sitting),
      data: data.batches(config.pretrain.batch, "pretrain"),
    },
    initial,
  );
  try {
    return await pretrainWith(sitting, trainer, { asked, checkpoint });
  } finally {
    await trainer.dispose();
  }
}

async function pretrainWith(
  sitting: Sitting,
  trainer: Trainer,
  { asked, checkpoint }: { asked: number; checkpoint?: Checkpoint },
): Promise<Pretrained | "stopped"> {
  const { run, data, listener, log } = sitting;
  const { config } = run;
  await sitting.agreement.sync(0);
  const share = (config.budget.minutes ?? 0) * 60 * config.budget.pretrainShare;
  const { progress = 0 } = checkpoint?.position.pace ?? {};
  const length = await begin(sitting, trainer, {
    field: "pretrain.steps",
    asked,
    endsAt: sitting.agreement.seconds() + share * (1 - progress),
    position: checkpoint?.position,
    before: checkpoint?.position.pretrainSteps,
    state: checkpoint?.state,
  });
  const { ending, steps } = await runSteps(sitting, trainer, {
    phase: "pretrain",
    first: checkpoint?.position.step ?? 0,
    length,
  });
  if (ending === "stopped") return "stopped";
  const params = weightsOf(await trainer.read("params"), config, "online");
  const error = leads(sitting.ranks) ? await heldOutError(sitting, params) : undefined;
  if (error) {
    const [heldOutPsnr, larger] = [psnr(error.mse), error.larger && psnr(error.larger)];
    const side = data.test?.larger?.side;
    listener.message(
      `pre-training finished; reconstruction of ${data.test?.count} held-out images: ${heldOutPsnr.toFixed(2)} dB PSNR` +
        (larger === undefined ? "" : `, ${larger.toFixed(2)} dB at ${side} x ${side}`),
    );
    log.append({
      phase: "pretrain",
      step: steps,
      heldOutPsnr,
      ...(larger === undefined ? {} : { heldOutDetailPsnr: larger }),
    });
  }
  return { params, steps };
}

/** Runs consistency training and returns the final state. */
async function trainPhase(
  sitting: Sitting,
  { params, steps: pretrainSteps }: Pretrained,
  { distance, drift }: { distance: Distance; drift: DriftFeatures | null },
  checkpoint?: Checkpoint,
): Promise<ReadonlyMap<string, HostArray> | "stopped"> {
  const { run, data, generator } = sitting;
  const { config } = run;
  const resumed = checkpoint?.position.phase === "train" ? checkpoint : undefined;
  const { step: k = 0, trainSteps, pace } = resumed?.position ?? {};
  const K = trainSteps ?? 1000;
  const trainer = await consistencyTrainer(
    {
      ...config.train,
      ...trainerOptions(config, sitting),
      distance,
      drift,
      data: data.batches(config.train.batch, "train"),
      driftData: data.batches(config.train.driftReal, "train"),
      begin: { k, K, ...(pace ? { at: pace.progress * K } : {}) },
    },
    unflatten(generator.init(random(config.seed)), params),
  );
  try {
    return await trainWith(sitting, trainer, { pretrainSteps, resumed });
  } finally {
    await trainer.dispose();
  }
}

async function trainWith(
  sitting: Sitting,
  trainer: Trainer,
  { pretrainSteps, resumed }: { pretrainSteps: number; resumed?: Checkpoint },
): Promise<ReadonlyMap<string, HostArray> | "stopped"> {
  const { run, data, listener, log } = sitting;
  const { config } = run;
  const watch = spreadWatch();
  const length = await begin(sitting, trainer, {
    field: "train.steps",
    asked: stepCount(config.train.steps, { images: data.count, batch: config.train.batch }),
    endsAt: (config.budget.minutes ?? 0) * 60,
    position: resumed?.position,
    before: resumed?.position.trainSteps,
    state: resumed?.state,
  });
  const { ending } = await runSteps(sitting, trainer, {
    phase: "train",
    first: resumed?.position.step ?? 0,
    length,
    pretrainSteps,
    async preview(state, step) {
      const spread = await preview(sitting, state, pretrainSteps + step);
      if (spread === undefined) return;
      const warning = watch.warning(spread, step);
      if (warning) listener.message(warning);
      log.append({
        phase: "train",
        step,
        sampleSpread: Number(spread.toFixed(4)),
        ...(warning ? { warning: "the samples hardly differ from one another" } : {}),
      });
    },
    evaluate: config.evaluate.everySeconds === null ? undefined : (state) => denoising(sitting, state),
  });
  if (ending === "stopped") return "stopped";
  return trainer.read();
}
