// Whether the network of a configuration has a label for no class.
import type { Config } from "../config/schema.js";

/** It has one if it has classes and is trained with some labels dropped. */
export const hasNullClass = ({ train }: Pick<Config, "train">, classes: number): boolean =>
  classes > 0 && train.labelDropout > 0;
