// What a page needs of a configuration to train it, and to write a run that `openRun` resumes.
import type { Config } from "../config/schema.js";
import { configYaml } from "../config/write.js";
import { architecture } from "../folder/architecture.js";
import { trainingSettings } from "../folder/settings.js";
import { version } from "../version.js";

/** A configuration with what goes into the files of its run: plain data, for a file beside a page. */
export interface PageRun {
  /** For training by time: `budget.minutes` and `data.path` may be others in the page. */
  readonly config: Config;
  /** Of this package. */
  readonly version: string;
  /** config.yaml with the minutes and the path of `config`. */
  readonly yaml: string;
  /** The settings that training depends on, by dotted path. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The network and its image size, as JSON. */
  readonly architecture: string;
}

/** A configuration without classes for a page. */
export const pageRun = (config: Config): PageRun => ({
  config,
  version,
  yaml: configYaml(config, [`Trained in a page, by imagefn ${version}`]),
  settings: trainingSettings(config),
  architecture: architecture(config, 0),
});
