// The smallest networks that have all their parts. Imports nothing of Node, since tests in browsers use them too.
import { type HostArray, mapTree, random } from "@imagefn/ops";

const transformer = { dim: 8, heads: 2, patch: 2, mlpRatio: 2, classes: 0 } as const;

/** Configurations of some thousand parameters, for images whose sides are multiples of 2. */
export const tiny = {
  cmFunc: {
    ...transformer,
    encoderDepth: 1,
    decoderDepth: 1,
    decoderSelfAttention: true,
    contextNorm: true,
    inr: { depth: 2, width: 6, groups: 3, peDim: 2, peSigma: 2, outBias: 0, coordinates: "center" },
  },
  dit: { ...transformer, depth: 2 },
  uvit: { ...transformer, depth: 3, timeMlp: false },
} as const;

/** Parameters with random numbers in the arrays that start at zero, so that every path carries a signal. */
export const awake = <P>(params: P): P =>
  mapTree(params, ({ shape, data }: HostArray, path) => ({
    shape,
    data: data.some((v) => v !== 0)
      ? data
      : random(7)
          .stream(path)
          .normal(data.length)
          .map((z) => z * 0.2),
  })) as P;
