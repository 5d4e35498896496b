// Runs steps of consistency training: draws what step k needs as a pure function of (seed, k), so that resume is exact.
import { type HostArray, mapTree, type Program, random } from "@imagefn/ops";
import { denoises, noiseLevels, type ScheduledStep } from "./noiseLevels.js";
import { pairs } from "./pairs.js";
import { decay, targetRate } from "./schedules.js";
import { optimizerOf, type TrainSettings, trainSettings } from "./settings.js";
import { batchCoordinates, checkLoss, compiled, type Trainer, type TrainerNeeds } from "./trainer.js";
import { initTrainState, type TrainState, trainStep } from "./trainStep.js";

/** Settings left out are those of `trainDefaults`. */
export interface ConsistencyTrainerOptions extends TrainerNeeds, Partial<TrainSettings> {
  /** The step to begin with, 0 as if left out. Any other may follow; this one's program is compiled at once. */
  readonly begin?: ScheduledStep;
}

/**
 * Consistency training (Song et al. 2023, algorithm 3; by the options iCT, Song & Dhariwal 2023).
 * @param params where it starts: a tree of arrays, as from the generator's `init` or from pre-training
 * @param restored what `read` of a trainer with the same options gave: training goes on from there, bit for bit
 * @throws if a setting is not valid, or the restored state does not fit
 */
export async function consistencyTrainer(
  options: ConsistencyTrainerOptions,
  params: unknown,
  restored?: ReadonlyMap<string, HostArray>,
): Promise<Trainer> {
  const { engine, generator, data, begin = { k: 0, K: 1000 } } = options;
  const settings = trainSettings(options);
  const { batch, s0, mu0, targetEma } = settings;
  const optimizer = optimizerOf(settings.optimizer);
  const initial = initTrainState(params, settings);
  // Without the numbers: the engine has its own copy of them.
  const shapes = mapTree(initial, ({ shape }: HostArray) => ({ shape })) as unknown as TrainState;
  // Each is traced when it is first needed.
  const programs = new Map<boolean, Program>();
  const programOf = (denoising: boolean): Program => {
    const known = programs.get(denoising) ?? trainStep({ generator, ...settings, denoising }, shapes);
    programs.set(denoising, known);
    return known;
  };
  const { program, state } = await compiled(engine, programOf(denoises(settings, begin)), initial, restored);
  const streams = random(settings.seed).stream("train");
  const draw = pairs({ ...settings, data, noise: streams.stream("noise"), generator });
  const jitter = streams.stream("jitter");
  const level = streams.stream("level");
  return {
    ...state,
    async prepare(k, K, at) {
      await program(programOf(denoises(settings, { k, K, at })));
    },
    async step(k, K, at = k) {
      const { N, denoising, ...levels } = noiseLevels(
        settings,
        { k, K, at },
        (sample) => level.uniform(1, sample)[0],
        batch,
      );
      const { images, labels, noise } = await draw(k);
      const { decayFrom: from, decayTo: to, decayShape: shape } = settings;
      const learningRate = settings.learningRate * decay(at, K, { from, to, shape });
      const runnable = await program(programOf(denoising));
      const result = await runnable.run({
        images,
        noise,
        ...levels,
        coefficients: optimizer.coefficients(k + 1, learningRate),
        ...(targetEma ? { mu: targetRate(N - 1, { s0, mu0 }) } : { mu: 0 }),
        ...batchCoordinates(generator, settings, jitter, k * batch),
        ...(generator.classes > 0 && labels ? { labels } : {}),
      });
      const loss = result.loss.data[0];
      checkLoss(loss, "training", k);
      return { loss, learningRate, N, gradientNorm: result.gradientNorm?.data[0] };
    },
  };
}
