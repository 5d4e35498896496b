// The generators of configs.json.
import { cmFunc } from "@imagefn/transformer";
import { unet } from "@imagefn/unet-baseline";

/** The generator of a configuration. */
export const generatorOf = (c) => (c.network === "unet" ? unetOf(c) : cmFuncOf(c));

function unetOf({
  imageSize,
  channels,
  multipliers,
  blocks,
  attention,
  headChannels,
  groups,
  resample,
  scaleShift,
}) {
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
  return unet(config, [imageSize, imageSize]);
}

function cmFuncOf({
  imageSize,
  dim,
  heads,
  encoderBlocks,
  decoderBlocks,
  patchSize,
  decoderSelfAttention,
  ...inr
}) {
  return cmFunc(
    {
      dim,
      heads,
      encoderDepth: encoderBlocks,
      decoderDepth: decoderBlocks,
      patch: patchSize,
      mlpRatio: 4,
      decoderSelfAttention,
      contextNorm: true,
      classes: 0,
      inr: {
        depth: inr.inrDepth,
        width: inr.inrWidth,
        groups: inr.groups,
        peDim: inr.peDim,
        peSigma: inr.peSigma,
        outBias: 0,
        coordinates: "center",
      },
    },
    [imageSize, imageSize],
  );
}
