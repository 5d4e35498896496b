// What is compared: finished runs, each trained here where it is not finished yet.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listCheckpoints } from "../checkpoints.js";
import type { Config, GeneratorKind } from "../config.js";
import { configYaml } from "../configYaml.js";
import { UserError } from "../errors.js";
import { openTrained, type Trained } from "../run/trained.js";
import { openRunFolder } from "../runFolder.js";
import { writeAtomic } from "../writeAtomic.js";

/** A run in a comparison. */
export interface Contestant {
  /** How the figure calls it. */
  readonly label: string;
  readonly trained: Trained;
}

/** The names of the paper. */
const names: Record<GeneratorKind, string> = {
  func: "CM-Func",
  unet: "CM-UNet",
  dit: "CM-DiT",
  uvit: "CM-UViT",
};

/** Opens finished runs; the label is the generator's name, and the run's own where two are of one kind. */
export async function openAll(paths: readonly string[]): Promise<Contestant[]> {
  const all: Trained[] = [];
  for (const path of paths) all.push(await openTrained(path, {}));
  const kinds = all.map(({ run }) => run.config.generator.kind);
  return all.map((trained, i) => ({
    trained,
    label:
      kinds.indexOf(kinds[i]) === kinds.lastIndexOf(kinds[i])
        ? names[kinds[i]]
        : `${names[kinds[i]]} ${trained.run.config.name}`,
  }));
}

const bin = fileURLToPath(new URL("../bin.js", import.meta.url));

/**
 * Trains a configuration into a folder, in a process of its own, so that its peak memory is its own: goes on where an
 * earlier comparison stopped, and leaves alone what is finished.
 */
export async function trainInto(folder: string, config: Config): Promise<void> {
  if (existsSync(join(folder, "config.yaml"))) {
    const run = openRunFolder(folder);
    if (JSON.stringify(run.config) !== JSON.stringify(config))
      throw new UserError(
        `${folder} holds a run with other settings than this comparison asks for. ` +
          "Ask for the same as before, or choose another --out.",
      );
    if (await isFinished(folder)) return;
    // A run without a checkpoint has nothing to go on from.
    if (listCheckpoints(run).length > 0) return train(["--resume", folder]);
  }
  const file = `${folder}.yaml`;
  await writeAtomic(file, configYaml(config));
  await train([file, "--out", folder]);
}

async function isFinished(folder: string): Promise<boolean> {
  if (listCheckpoints(openRunFolder(folder)).length === 0) return false;
  return openTrained(folder, {}).then(
    ({ finished }) => finished,
    () => false,
  );
}

/** Runs `imagefn train` on this terminal. Ctrl-C reaches it too, and it writes its checkpoint. */
function train(args: readonly string[]): Promise<void> {
  const ignore = () => {};
  process.on("SIGINT", ignore);
  return new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [bin, "train", ...args], { stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) resolve();
      else
        reject(
          Object.assign(
            new UserError("the comparison is not complete: run the same command again to go on with it."),
            { exitCode: status ?? 130 },
          ),
        );
    });
  }).finally(() => process.off("SIGINT", ignore));
}
