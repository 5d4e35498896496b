// A training step of a configuration of CM-Func or the U-Net, as every half of the benchmark that is ours measures it.
import { readFileSync } from "node:fs";
import { consistencyTrainer } from "@imagefn/consistency";
import { random } from "@imagefn/ops";
import { cmFunc } from "@imagefn/transformer";
import { unet } from "@imagefn/unet-baseline";

/** The settings of a configuration. */
export const configOf = (name) =>
  JSON.parse(readFileSync(new URL("configs.json", import.meta.url), "utf8"))[name];

/** The network of a configuration. */
export const generatorOf = (c) => (c.network === "unet" ? unetOf(c) : cmFuncOf(c));

/** Clean images of one batch. */
export const imagesOf = (c) =>
  random(1)
    .uniform(c.batch * 3 * c.imageSize ** 2)
    .map((u) => 2 * u - 1);

/** One step of training at each call of `work`, which keeps the losses; `end` frees the engine. */
export async function trainingOf(engine, name, { denoise = false } = {}) {
  const c = configOf(name);
  const generator = generatorOf(c);
  const images = imagesOf(c);
  // The paper's settings, which are the defaults, but for one average.
  const trainer = await consistencyTrainer(
    {
      engine,
      generator,
      batch: c.batch,
      data: () => ({ images }),
      emaRates: [0.9999],
      denoise: denoise ? 1 : 0,
    },
    generator.init(random(0)),
  );
  let k = 0;
  const losses = [];
  return {
    work: async () => losses.push((await trainer.step(k++, 1000)).loss),
    losses,
    end: () => trainer.dispose(),
  };
}

function unetOf(c) {
  const { channels, multipliers, blocks, attention, headChannels, groups, resample, scaleShift } = c;
  const config = {
    channels,
    multipliers,
    blocks,
    attention,
    headChannels,
    groups,
    resample,
    scaleShift,
    classes: 0,
  };
  return unet(config, [c.imageSize, c.imageSize]);
}

function cmFuncOf(c) {
  return cmFunc(
    {
      dim: c.dim,
      heads: c.heads,
      encoderDepth: c.encoderBlocks,
      decoderDepth: c.decoderBlocks,
      patch: c.patchSize,
      mlpRatio: 4,
      decoderSelfAttention: c.decoderSelfAttention,
      contextNorm: true,
      classes: 0,
      inr: {
        depth: c.inrDepth,
        width: c.inrWidth,
        groups: c.groups,
        peDim: c.peDim,
        peSigma: c.peSigma,
        outBias: 0,
        coordinates: "center",
      },
    },
    [c.imageSize, c.imageSize],
  );
}
