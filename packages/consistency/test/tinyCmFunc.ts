// The smallest CM-Func that has all its parts. Alone, since pages take it too, where there is no engine of Node's.
import { cmFunc } from "@imagefn/transformer";

/** Side of its images in pixels. */
export const size = 4;

/** A CM-Func of some 1,300 parameters for 4 x 4 pixels. */
export const tinyCmFunc = cmFunc(
  {
    dim: 8,
    heads: 2,
    encoderDepth: 1,
    decoderDepth: 1,
    patch: 2,
    mlpRatio: 2,
    decoderSelfAttention: true,
    contextNorm: true,
    classes: 0,
    inr: { depth: 2, width: 6, groups: 3, peDim: 2, peSigma: 2, outBias: 0, coordinates: "center" },
  },
  [size, size],
);
