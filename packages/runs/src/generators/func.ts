// CM-Func as a configuration describes it: the fields of its section, and the record of its package.
import { funcRecord } from "@imagefn/transformer";
import * as z from "zod";
import { choice, flag, int, real } from "../config/fieldTypes.js";
import { transformerFields } from "./transformer.js";

const inr = z
  .strictObject({
    depth: int(2, 16, 5, "affine layers of the coordinate MLP"),
    width: int(1, 4096, 256, "outputs of every layer but the last"),
    groups: int(1, 4096, 64, "weight columns generated per layer, tiled to its width"),
    peDim: int(2, 4096, 128, "positional embedding: peDim/2 frequencies per axis, 2 peDim features"),
    weights: choice(
      ["grouped", "mlp-mod"],
      "grouped",
      "how weights are made: shared ones times generated columns, or generated columns times a shared matrix",
    ),
    generatedBiases: flag(false, "biases are generated too, not only shared"),
    peSigma: real(
      1,
      1_000_000,
      1024,
      "highest frequency of the positional embedding, near the training size",
    ),
    outBias: real(-10, 10, 0, "constant added to the output: 0 for images in [-1, 1]"),
  })
  .prefault({})
  .meta({ description: "the image function: a coordinate MLP" });

const settings = z
  .strictObject({
    ...transformerFields,
    encoderDepth: int(1, 64, 8, "adaLN-Zero blocks of the feature extraction module"),
    decoderDepth: int(1, 64, 6, "blocks of the function prediction module"),
    decoderSelfAttention: flag(true, "self-attention among INR tokens in the decoder"),
    contextNorm: flag(true, "layer norm between encoder and decoder"),
    positions: choice(["sin-cos", "learned"], "sin-cos", "positions of patches"),
    inr,
    coordinates: choice(
      ["center", "paper"],
      "center",
      "coordinates: cell centres in [-1, 1], or i/H in [0, 1)",
    ),
    variationalCoordinates: flag(true, "jitter coordinates in training, against artefacts at other sizes"),
  })
  .prefault({})
  .meta({ description: `${funcRecord.title}: ${funcRecord.description}` });

export const func = { ...funcRecord, settings } as const;
