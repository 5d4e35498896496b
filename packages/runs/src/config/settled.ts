// A configuration in which what its objective does not read has no value of a preset: so that its file says what is done.
import { configFields } from "./fields.js";
import { isIdleBy } from "./idle.js";
import { deepMerge, type Values, valuesAt } from "./layers.js";
import type { Config } from "./schema.js";

/** Values of fields without effect that are not their defaults. */
const others: Values = { "train.distance": "l2", "pretrain.steps": 0 };

/** Fields that `train.objective` leaves without effect, at their defaults; a distilled run has no pre-training. */
export function settled(config: Config): Config {
  const idle = configFields().filter(({ path }) => isIdleBy("train.objective", path, config));
  return idle.reduce<Values>(
    (values, { path, default: usual }) =>
      deepMerge(values, valuesAt(path.split("."), Object.hasOwn(others, path) ? others[path] : usual)),
    config,
  ) as Config;
}
