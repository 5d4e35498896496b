// A CM-Func of some 1,300 parameters, for the tests of this package.
import { type HostArray, mapTree, random } from "@imagefn/ops";
import { type CmFuncConfig, type CmFuncParams, initCmFunc } from "@imagefn/transformer";

export const tiny: CmFuncConfig = {
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
};

/** Initial parameters, with values in the layers that begin at zero, so that every path carries a signal. */
export const awake = (config: CmFuncConfig): CmFuncParams<HostArray> =>
  mapTree(initCmFunc(config, random(3)), (x: HostArray, path) =>
    path.includes("ada.")
      ? {
          shape: x.shape,
          data: random(7)
            .stream(path)
            .normal(x.data.length)
            .map((z) => z * 0.2),
        }
      : x,
  ) as CmFuncParams<HostArray>;
