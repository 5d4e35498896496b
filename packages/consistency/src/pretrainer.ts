// Runs steps of pre-training: draws what step k needs as a pure function of (seed, k), so that resume is exact.
import { type HostArray, random } from "@imagefn/ops";
import { pretrainSettings } from "./checkedSettings.js";
import { batchOf } from "./data.js";
import { initPretrainState, pretrainParts } from "./pretrain.js";
import { type Sharing, sharesOf } from "./ranks.js";
import { optimizerOf, type PretrainSettings } from "./settings.js";
import { stepper } from "./stepper.js";
import { batchCoordinates, checkCropped, checkLoss, type Trainer, type TrainerNeeds } from "./trainer.js";

/** Settings left out are those of `pretrainDefaults`. */
export interface PretrainerOptions extends TrainerNeeds, Partial<PretrainSettings> {}

/**
 * Pre-training (the paper, section 3.3, Eq. 10): the function prediction module learns to reconstruct images.
 * @param params where it starts: a tree of arrays, as from the generator's `init`
 * @param restored what `read` of a trainer with the same options gave: training goes on from there, bit for bit
 * @throws if a setting is not valid, the generator has no `reconstruct`, or the restored state does not fit
 */
export async function pretrainer(
  options: PretrainerOptions,
  params: unknown,
  restored?: ReadonlyMap<string, HostArray>,
): Promise<Trainer> {
  const { engine, generator } = options;
  const settings = pretrainSettings(options);
  const { batch, seed, learningRate, decayAt, decayFactor, crops: cropped } = settings;
  checkCropped(generator, settings);
  const optimizer = optimizerOf(settings.optimizer);
  const initial = initPretrainState(params, settings);
  const sharing: Sharing = { ranks: options.ranks, batch, accumulate: 1, averageEvery: 1 };
  const [{ count }] = sharesOf(sharing);
  const parts = pretrainParts({ generator, ...settings, batch: count }, initial);
  const { prepare: _, run, ...state } = await stepper(engine, parts, { initial, restored, sharing });
  const jitter = random(seed).stream("pretrain").stream("jitter");
  return {
    ...state,
    async prepare() {},
    async step(k, K, at = k) {
      const rate = learningRate * (at < Math.round(decayAt * K) ? 1 : decayFactor);
      const { loss, notes } = await run(parts, {
        async draw(share) {
          const given = { batch, k, share, crops: cropped };
          const { images, crops, places } = await batchOf(options.data, generator, given, false);
          const own = { ...settings, batch: count };
          return {
            images,
            ...(crops ? { crops } : {}),
            ...batchCoordinates(generator, own, jitter, k * batch + share.first, places),
          };
        },
        rates: { coefficients: optimizer.coefficients(k + 1, rate) },
        exchange: false,
        notes: options.notes?.() ?? [],
      });
      checkLoss(loss, "pre-training", k);
      return { loss, learningRate: rate, ...(options.ranks ? { notes } : {}) };
    },
  };
}
