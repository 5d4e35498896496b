// Writes an explorer as a folder for any static host.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../errors.js";
import { makeFolder } from "../makeFolder.js";
import { writeAtomic } from "../writeAtomic.js";
import type { Site } from "./site.js";

/**
 * Writes every file of the site.
 * @throws UserError when the folder holds anything but an earlier explorer.
 */
export async function writeSite(site: Site, folder: string): Promise<void> {
  makeFolder(folder);
  const earlier = existsSync(join(folder, "generator.onnx")) && existsSync(join(folder, "run.json"));
  if (!earlier && readdirSync(folder).length > 0)
    throw new UserError(`${folder} holds other files. Choose a new folder for the page.`);
  for (const [name, { bytes }] of site) await writeAtomic(join(folder, name), bytes);
}
