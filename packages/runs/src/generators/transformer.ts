// The fields that every transformer has, with the paper's values.
import { int } from "../config/fieldTypes.js";

/** Fields that every transformer has, with the paper's values. */
export const transformerFields = {
  dim: int(4, 8192, 768, "token width d"),
  heads: int(1, 128, 12, "attention heads"),
  patch: int(1, 256, 4, "side of an image patch in pixels"),
  mlpRatio: int(1, 16, 4, "hidden width of a block's MLP over dim"),
};
