// The runs of experiments: each configuration has one folder, named by its content, and is trained once.
import { basename, join } from "node:path";
import { makeFolder } from "@imagefn/base";
import { type Config, isFinished, trainInto } from "@imagefn/runs";
import type { Listener } from "../listener.js";
import { digest } from "./digest.js";

/** The folder of a configuration's run: its name and the digest of everything in it. */
export const runPlace = (out: string, config: Config): string =>
  join(out, "runs", `${config.name}-${digest(config)}`);

/** A configuration that distils another, whose run is named by its folder beside it: so that results can be anywhere. */
export const distilling = (config: Config, teacher: Config): Config => ({
  ...config,
  train: { ...config.train, teacher: basename(runPlace("", teacher)) },
});

/** The same with the path of the teacher's run, as training takes it. */
const withPath = (out: string, config: Config): Config =>
  config.train.objective === "distill"
    ? { ...config, train: { ...config.train, teacher: join(out, "runs", config.train.teacher!) } }
    : config;

/** Whether a configuration has been trained to its end. */
export const isTrained = async (out: string, config: Config): Promise<boolean> =>
  isFinished(runPlace(out, config));

/** Trains a configuration in a process of its own, or resumes it where it was stopped. */
export async function trainRun(
  out: string,
  config: Config,
  { onProgress, onMessage, signal }: Listener,
): Promise<void> {
  signal?.throwIfAborted();
  makeFolder(join(out, "runs"));
  await trainInto(runPlace(out, config), withPath(out, config), { onProgress, onMessage, signal });
}
