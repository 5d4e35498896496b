// NIQE of single pictures.
import { readFile } from "node:fs/promises";
import { ImagefnError, quoted } from "@imagefn/base";
import { type NiqeModel, niqeLabel, niqe as quality } from "../../niqe/niqe.js";
import { readNpz } from "../../weights/npz.js";
import { aboutWeights } from "../needs.js";
import { picturesOf } from "./each.js";
import type { PictureMetricRecord } from "./record.js";

export const niqe = {
  kind: "picture",
  name: "niqe",
  title: "NIQE",
  description: "distance of 36 statistics per block of 96 x 96, two scales, from those of photographs",
  agrees: "pyiqa's definition, written with scipy and Pillow: 9 digits, but for flat areas",
  needs: { weights: [["niqe"]] },
  async open({ files: [file] }) {
    const model = await readModel(file.path);
    return {
      name: "NIQE",
      // Small pictures are enlarged, which their name has to say.
      nameOf: ({ shape: [, , height, width] }) => niqeLabel({ width, height }),
      settings: { weights: await aboutWeights(file) },
      values: async (batch) => picturesOf(batch).map((picture) => quality(picture, model).value),
    };
  },
} as const satisfies PictureMetricRecord;

async function readModel(path: string): Promise<NiqeModel> {
  const file = readNpz(await readFile(path));
  const numbers = (name: string) => {
    const array = file.get(name);
    if (!array)
      throw new ImagefnError(
        "invalid-data",
        `metrics: ${quoted(path)} is not a model of NIQE (expected an array ${name})`,
        {
          path,
        },
      );
    return array.data as ArrayLike<number>;
  };
  return {
    muPris: numbers("mu_pris_param"),
    covPris: numbers("cov_pris_param"),
    window: numbers("gaussian_window"),
  };
}
