// A run from data to pictures: pre-train, train and sample, with checkpoints, previews and a log.
import { ImagefnError, quoted } from "@imagefn/base";
import { consistencyTrainer, type Distance, pretrainer, psnr, type Trainer } from "@imagefn/consistency";
import { type HostArray, leaves, random, unflatten } from "@imagefn/ops";
import { stepCount } from "../config/schema.js";
import { loadData } from "../data/data.js";
import { type OwnImages, ownData } from "../data/ownImages.js";
import { type TrainingData, trainingData } from "../data/trainingData.js";
import { distanceOf } from "../distances.js";
import { trainingEngine } from "../engine/trainingEngine.js";
import { type Checkpoint, checkpointToResume } from "../folder/checkpoint.js";
import { openLog } from "../folder/log.js";
import { openLogs } from "../folder/logs.js";
import type { RunFolder } from "../folder/runFolder.js";
import { changedText, changesImages, checkSettings } from "../folder/settings.js";
import { networkOf, parameterCount } from "../sampling/network.js";
import { weightsOf } from "../sampling/weights.js";
import { checkBatches } from "./checkBatches.js";
import { denoising, finalSamples, heldOutError, preview, writeDataGrid } from "./results.js";
import type { Accepted, Ending, Listener, Sitting } from "./sitting.js";
import { spreadWatch } from "./spread.js";
import { begin, runSteps } from "./steps.js";
import { trainerOptions } from "./trainerOptions.js";

/** Trains a run to its end, or until it is asked to stop; `resume` starts at the last checkpoint, if there is one. */
export async function trainFolder(
  run: RunFolder,
  listener: Listener,
  { resume = false, images, ...accepted }: { resume?: boolean; images?: OwnImages } & Accepted = {},
): Promise<Ending> {
  const { config } = run;
  const checkpoint = resume ? await checkpointToResume(run) : undefined;
  const again = resume && checkpoint === undefined;
  const changed = checkpoint
    ? checkSettings(run, checkpoint, { accepted: accepted.changedSettings === true })
    : [];
  const onData = (step: number, total: number | null) =>
    listener.progress({ phase: "data", step, total, unit: "images" });
  const data = images
    ? await ownData(config, images, onData)
    : trainingData(config, await loadData(config, onData));
  // Settings that decide about the images have been accepted by name.
  if (checkpoint && !changesImages(changed))
    checkData(run, checkpoint, data, { changedData: accepted.changedData === true, listener });
  if (changed.length > 0) {
    openLog(run.log).append({ changedSettings: changed });
    listener.message(`warning: settings were changed since the last checkpoint: ${changedText(changed)}`);
  }
  for (const warning of data.warnings) listener.message(`warning: ${warning}`);
  const generator = networkOf(config, data.classes.length);
  checkBatches(config, data, generator);
  const distance = await distanceOf(config);
  const { engine, why } = await trainingEngine({ config, generator, data, distance }, listener.message);
  listener.message(
    `${data.title}, ${(parameterCount(generator) / 1e6).toFixed(2)} M parameters, engine ${engine.name} (${why})`,
  );
  if (checkpoint) listener.message(`resuming from ${quoted(checkpoint.path)}`);
  else if (again) listener.message("there is no checkpoint yet: training begins at its first step");
  if (!checkpoint) await writeDataGrid(run, await data.first(config.sample.count));

  const began = performance.now();
  const before = checkpoint?.position.seconds ?? 0;
  const sitting: Sitting = {
    run,
    listener,
    engine,
    data,
    generator,
    log: openLogs(run, checkpoint?.position, again),
    seconds: () => before + (performance.now() - began) / 1000,
  };

  const pretrained = await pretrainPhase(sitting, checkpoint);
  if (pretrained === "stopped") return "stopped";
  const trained = await trainPhase(sitting, pretrained, distance, checkpoint);
  if (trained === "stopped") return "stopped";
  await finalSamples(sitting, trained);
  return "finished";
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
  const share = (config.budget.minutes ?? 0) * 60 * config.budget.pretrainShare;
  const { progress = 0 } = checkpoint?.position.pace ?? {};
  const length = await begin(sitting, trainer, {
    field: "pretrain.steps",
    asked,
    endsAt: sitting.seconds() + share * (1 - progress),
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
  const mse = await heldOutError(sitting, params);
  if (mse !== undefined) {
    listener.message(
      `pre-training finished; reconstruction of ${data.test?.count} held-out images: ${psnr(mse).toFixed(2)} dB PSNR`,
    );
    log.append({ phase: "pretrain", step: steps, heldOutPsnr: psnr(mse) });
  }
  return { params, steps };
}

/** Runs consistency training and returns the final state. */
async function trainPhase(
  sitting: Sitting,
  { params, steps: pretrainSteps }: Pretrained,
  distance: Distance,
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
      data: data.batches(config.train.batch, "train"),
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
