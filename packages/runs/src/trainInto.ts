// Training as part of a larger job: a configuration into a folder, in a process of its own, gone on with when stopped.
import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ImagefnError, writeAtomic } from "@imagefn/base";
import type { Config } from "./config/schema.js";
import { configYaml } from "./config/write.js";
import { listCheckpoints } from "./folder/checkpoints.js";
import { openRunFolder } from "./folder/runFolder.js";
import { openTrained } from "./sampling/trained.js";

const bin = fileURLToPath(new URL("./bin.js", import.meta.url));

/**
 * Trains a configuration into a folder, in a process of its own, so that its peak memory is its own: goes on where an
 * earlier command stopped, and leaves alone what is finished.
 */
export async function trainInto(folder: string, config: Config): Promise<void> {
  if (existsSync(join(folder, "config.yaml"))) {
    const run = openRunFolder(folder);
    if (JSON.stringify(run.config) !== JSON.stringify(config))
      throw new ImagefnError(
        "invalid-data",
        `${folder} holds a run with other settings than this command asks for. ` +
          "Ask for the same as before, or choose another --out.",
      );
    if (await isFinished(folder)) return;
    if (listCheckpoints(run).length > 0) return train(["--resume", folder]);
    // A run that was killed before its first checkpoint has nothing to go on from, and would be in the way.
    rmSync(folder, { recursive: true, force: true });
  }
  const file = `${folder}.yaml`;
  await writeAtomic(file, configYaml(config));
  await train([file, "--out", folder]);
}

/** Whether a run folder holds a run that has come to its end. */
export async function isFinished(folder: string): Promise<boolean> {
  if (!existsSync(join(folder, "config.yaml"))) return false;
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
      if (status === 0) return resolve();
      const text =
        status === 1
          ? "training failed, for the reason above: mend that, and run the same command again."
          : "this is not complete: run the same command again to go on with it.";
      reject(Object.assign(new ImagefnError("invalid-data", text), { exitCode: status ?? 130 }));
    });
  }).finally(() => process.off("SIGINT", ignore));
}
