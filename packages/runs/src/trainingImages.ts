// The images of a configuration as a set of pictures: those trained on, and those held out.
import { ImagefnError, quoted } from "@imagefn/base";
import type { EvaluationProgress, ImageSource, NearestOptions } from "@imagefn/metrics";
import { resolveConfig, settingsValues } from "./config/resolve.js";
import type { Config } from "./config/schema.js";
import type { Data } from "./data/data.js";
import { loadData } from "./data/load.js";
import { evaluationPath } from "./evaluationPath.js";
import { openRunFolder } from "./folder/runFolder.js";

/** Loaded on use: metrics bring native libraries. */
const metrics = () => import("@imagefn/metrics");

/** Which images of a configuration to compare with, and callbacks for loading them. */
export interface TrainingImagesOptions {
  /** The images kept out of training (`data.heldOut`) in place of those trained on. */
  readonly heldOut?: boolean;
  /** Folder of the images (`data.path`), for a preset or a file that does not name one. */
  readonly data?: string;
  /** Called while the data set is prepared, the first time. */
  readonly onProgress?: (progress: EvaluationProgress) => void;
  /** Called with warnings about the data. */
  readonly onMessage?: (text: string) => void;
}

/**
 * A reference for `evaluate`: the images of a run, a preset, a YAML file or a configuration. A folder of images, a
 * .npz file and a source are returned as they are.
 *
 * @throws ImagefnError `invalid-data` if `heldOut` is set but there are no such images, and as `resolveConfig` and
 *   the data set do
 */
export async function referenceImages(
  reference: string | Config | ImageSource,
  options: TrainingImagesOptions = {},
): Promise<string | ImageSource> {
  const config = configOf(reference, options);
  if (!("given" in config)) return trainingImages(config, options);
  if (options.heldOut && typeof config.given === "string")
    throw new ImagefnError(
      "invalid-option",
      `heldOut requires a run, a preset or a YAML file as the reference (got ${quoted(config.given)})`,
      { option: "heldOut" },
    );
  return config.given;
}

/** The configuration whose images are meant; what is given where it is images itself. */
function configOf(
  reference: string | Config | ImageSource,
  { data }: Pick<TrainingImagesOptions, "data">,
): Config | { readonly given: string | ImageSource } {
  if (typeof reference !== "string") return "batches" in reference ? { given: reference } : reference;
  switch (evaluationPath(reference)) {
    case "run":
      return openRunFolder(reference).config;
    case "configuration":
      return resolveConfig(reference, [{ source: "the options", values: settingsValues({ data }) }]);
    default:
      return { given: reference };
  }
}

/** The data of a configuration, with its warnings told. */
async function loaded(
  config: Config,
  { onProgress, onMessage }: Pick<TrainingImagesOptions, "onProgress" | "onMessage">,
): Promise<Data> {
  const data = await loadData(config, (step, total) =>
    onProgress?.({ phase: "data", step, total, unit: "images" }),
  );
  for (const warning of data.warnings) onMessage?.(`warning: ${warning}`);
  return data;
}

/** The images of a configuration as a source. */
async function trainingImages(
  config: Config,
  { heldOut = false, ...options }: TrainingImagesOptions,
): Promise<ImageSource> {
  const data = await loaded(config, options);
  const { dataSource } = await metrics();
  if (!heldOut) return dataSource(data.train, config);
  if (data.test.count === 0)
    throw new ImagefnError(
      "invalid-data",
      `heldOut: ${quoted(config.name)} keeps no images out of training (data.heldOut is 0)`,
      { option: "heldOut", config: config.name },
    );
  return dataSource(data.test, config, "held-out");
}

/** The pictures that samples may be copies of, as `nearestPictures` of @imagefn/metrics takes them. */
export interface TrainingSets extends Pick<NearestOptions, "training" | "heldOut" | "mirrored"> {}

/**
 * The training pictures of a run, a preset, a YAML file or a configuration, with those held out and whether training mirrors
 * them. A folder of images, a .npz file and a source are all there is.
 * @throws ImagefnError as `resolveConfig` and the data set do
 */
export async function trainingSets(
  reference: string | Config | ImageSource,
  options: Omit<TrainingImagesOptions, "heldOut"> = {},
): Promise<TrainingSets> {
  const config = configOf(reference, options);
  if ("given" in config) return { training: config.given };
  const { train, test } = await loaded(config, options);
  const { dataSource } = await metrics();
  return {
    training: dataSource(train, config),
    ...(test.count > 0 ? { heldOut: dataSource(test, config, "held-out") } : {}),
    mirrored: config.data.flip,
  };
}
