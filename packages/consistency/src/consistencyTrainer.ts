// Runs steps of consistency training: draws what step k needs as a pure function of (seed, k), so that resume is exact.
import { type HostArray, mapTree, type Random, random } from "@imagefn/ops";
import { trainSettings } from "./checkedSettings.js";
import { batchOf, type Data } from "./data.js";
import type { Generator } from "./generator.js";
import { droppedLabels } from "./guidance.js";
import { denoises, drifts, noiseLevels, type ScheduledStep } from "./noiseLevels.js";
import { pairs, perSample } from "./pairs.js";
import { cut, type Sharing, sharesOf } from "./ranks.js";
import { decay, powerRate, targetRate } from "./schedules.js";
import { optimizerOf, type TrainSettings } from "./settings.js";
import type { AnyStep } from "./stepParts.js";
import { stepper } from "./stepper.js";
import { batchCoordinates, checkCropped, checkLoss, type Trainer, type TrainerNeeds } from "./trainer.js";
import { initTrainState, needsWhole, type TrainState, trainParts } from "./trainStep.js";

/** Settings left out are those of `trainDefaults`. */
export interface ConsistencyTrainerOptions extends TrainerNeeds, Partial<TrainSettings> {
  /** The step to begin with, 0 as if left out. Any other may follow; this one's program is compiled at once. */
  readonly begin?: ScheduledStep;
  /** With `drift`: batches of `driftReal` images that samples drift towards. */
  readonly driftData?: Data;
}

/**
 * Consistency training (Song et al. 2023, algorithm 3; by the options iCT, Song & Dhariwal 2023, or ECT, Geng et al. 2024), or
 * the training of a diffusion model (Karras et al. 2022), or its distillation, as `objective` says.
 * @param params where it starts: a tree of arrays, as from the generator's `init` or from pre-training; with the objective
 *   "distill" the diffusion model's
 * @param restored what `read` of a trainer with the same options gave: training goes on from there, bit for bit
 * @throws if a setting is not valid, or the restored state does not fit; with `drift` also for a generator with classes, for several
 *   processes, and without `driftData`
 */
export async function consistencyTrainer(
  options: ConsistencyTrainerOptions,
  params: unknown,
  restored?: ReadonlyMap<string, HostArray>,
): Promise<Trainer> {
  const { engine, generator, data, begin = { k: 0, K: 1000 } } = options;
  const settings = trainSettings(options);
  const { batch, s0, mu0, targetEma, trajectory, accumulate, averageEvery } = settings;
  checkCropped(generator, settings);
  const drift = settings.drift === null ? undefined : driftWith(options, settings);
  const optimizer = optimizerOf(settings.optimizer);
  const streams = random(settings.seed).stream("train");
  const labelled = labelsWith(generator, settings.labelDropout, streams.stream("dropout"));
  const initial = initTrainState(params, settings);
  // Without the numbers: the engine has its own copy of them.
  const shapes = mapTree(initial, ({ shape }: HostArray) => ({ shape })) as unknown as TrainState;
  const { ranks } = options;
  const sharing: Sharing = { ranks, batch, accumulate, averageEvery };
  const [{ count }] = sharesOf(sharing);
  // Each is traced when it is first needed.
  const steps = new Map<string, AnyStep>();
  const stepOf = (step: ScheduledStep): AnyStep => {
    const [denoising, drifting] = [denoises(settings, step), drifts(settings, step)];
    const kind = `${denoising} ${drifting}`;
    const known =
      steps.get(kind) ??
      trainParts({ generator, ...settings, batch: count, accumulate: 1, denoising, drifting }, shapes);
    steps.set(kind, known);
    return known;
  };
  const first = stepOf(begin);
  const { prepare, run, ...state } = await stepper(engine, first, { initial, restored, sharing });
  const draw = pairs({ ...settings, data, noise: streams.stream("noise"), generator });
  const jitter = streams.stream("jitter");
  const level = streams.stream("level");
  return {
    ...state,
    prepare: (k, K, at) => prepare(stepOf({ k, K, at })),
    async step(k, K, at = k) {
      const { N, denoising, ...levels } = noiseLevels(
        settings,
        { k, K, at },
        (sample) => level.uniform(1, sample)[0],
        batch,
      );
      const { decayFrom: from, decayTo: to, decayShape: shape } = settings;
      const learningRate = settings.learningRate * decay(at, K, { from, to, shape });
      const { loss, gradientNorm, notes } = await run(stepOf({ k, K, at }), {
        async draw(share) {
          const { images, labels, noise, crops, places } = await draw(k, share);
          const coordinatesAt = (places?: Float32Array) =>
            batchCoordinates(
              generator,
              { ...settings, batch: count },
              jitter,
              k * batch + share.first,
              places,
            );
          return {
            images,
            ...(crops ? { crops } : {}),
            ...(needsWhole(settings, denoising) ? { wholeCoordinates: coordinatesAt().coordinates } : {}),
            noise,
            sigmaLow: cut(levels.sigmaLow, share),
            sigmaHigh: cut(levels.sigmaHigh, share),
            weight: cut(levels.weight, share),
            ...coordinatesAt(places),
            ...(drift && drifts(settings, { k, K, at }) ? await drift(k) : {}),
            ...(generator.classes > 0 && labels ? { labels: labelled(labels, k * batch + share.first) } : {}),
          };
        },
        rates: {
          coefficients: optimizer.coefficients(k + 1, learningRate),
          mu: targetEma ? targetRate(N! - 1, { s0, mu0 }) : 0,
          // At rate 1 the teacher stays as it is.
          ...(trajectory === "teacher" ? { teacherRate: denoising ? powerRate(k) : 1 } : {}),
        },
        // The last step ends with one, since what follows takes the state of one process for that of all.
        exchange: ranks !== undefined && ranks.size > 1 && ((k + 1) % averageEvery === 0 || k + 1 === K),
        notes: options.notes?.() ?? [],
      });
      checkLoss(loss, "training", k);
      return { loss, learningRate, N, gradientNorm, ...(ranks ? { notes } : {}) };
    },
  };
}

/** What samples that drift in step k are made of, and the images that they drift towards: functions of (seed, k) alone. */
function driftWith(
  { generator, ranks, driftData }: ConsistencyTrainerOptions,
  { seed, crops, driftImages, driftReal, variationalCoordinates }: TrainSettings,
): (k: number) => Promise<Record<string, Float32Array>> {
  const refuse = (why: string) => new Error(`consistency: drift is given, but ${why}`);
  if (generator.classes > 0)
    throw refuse(
      `the generator has classes: samples of each would need images of it (got ${generator.classes}, expected 0)`,
    );
  if (ranks && ranks.size > 1)
    throw refuse(
      `several processes train together: samples would drift in each of them alone (got ${ranks.size}, expected 1)`,
    );
  if (!driftData)
    throw refuse("driftData is not: expected a function of the step that gives driftReal images");
  const streams = random(seed).stream("drift");
  const [noise, jitter] = [streams.stream("noise"), streams.stream("jitter")];
  const n = generator.shape.reduce((a, b) => a * b, 1);
  return async (k) => {
    const first = k * driftImages;
    const { images } = await batchOf(driftData, generator, { batch: driftReal, k, crops });
    const { coordinates } = batchCoordinates(
      generator,
      { batch: driftImages, variationalCoordinates },
      jitter,
      first,
    );
    return {
      driftNoise: perSample(noise, driftImages, first, n),
      ...(coordinates ? { driftCoordinates: coordinates } : {}),
      driftReal: images,
    };
  };
}

/** What becomes of the labels of a batch whose first sample has a number. @throws if dropped labels have no label to become */
function labelsWith(
  { classes, nullLabel }: Generator,
  dropout: number,
  random: Random,
): (labels: Float32Array, first: number) => Float32Array {
  if (dropout === 0) return (labels) => labels;
  if (nullLabel === undefined)
    throw new Error(
      `consistency: labelDropout is ${dropout}, but the generator has no label for no class (got ${classes} classes, expected some and nullClass true)`,
    );
  return (labels, first) => droppedLabels(labels, { nullLabel, dropout, random, first });
}
