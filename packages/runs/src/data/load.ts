// Loads data sets on use: their packages bring native libraries, which reading a configuration or a run does not need.
import type { Config } from "../config/schema.js";
import type { Data } from "./data.js";

/** Loads the data of a run; the first time, prepares it. `listOnly` finds the images, which cannot be read then. */
export async function loadData(
  config: Config,
  onProgress: (done: number, total: number) => void,
  options: { listOnly?: boolean } = {},
): Promise<Data> {
  const data = await import("./data.js");
  return data.loadData(config, onProgress, options);
}
