// The configuration of a run as the rows of a table.
import { type Config, configFields, generatorKinds, valueAt } from "@imagefn/runs";

export interface Setting {
  /** Dotted path, such as `train.batch`. */
  readonly path: string;
  /** As in YAML, on one line. */
  readonly value: string;
  readonly description: string;
  /** Whether it differs from the default, or has none. */
  readonly chosen: boolean;
}

/** Every field that concerns the run: fields of generators that it does not train are left out. */
export function settingsOf(config: Config): Setting[] {
  const others = generatorKinds.filter((kind) => kind !== config.generator.kind);
  return configFields()
    .filter(({ path, section }) => !section && !others.some((kind) => path.startsWith(`generator.${kind}.`)))
    .map(({ path, description, default: standard }) => {
      const value = JSON.stringify(valueAt(config, path.split(".")) ?? null);
      return { path, value, description, chosen: value !== JSON.stringify(standard) };
    });
}
