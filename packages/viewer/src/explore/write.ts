// Writes an explorer as a folder for any static host.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ImagefnError, makeFolder, writeAtomic } from "@imagefn/base";
import type { Site } from "./site.js";

/**
 * Writes every file of the site.
 * @throws ImagefnError when the folder holds anything but an earlier explorer.
 */
export async function writeSite(site: Site, folder: string): Promise<void> {
  makeFolder(folder);
  const earlier = existsSync(join(folder, "generator.onnx")) && existsSync(join(folder, "run.json"));
  if (!earlier && readdirSync(folder).length > 0)
    throw new ImagefnError("invalid-data", `${folder} holds other files. Choose a new folder for the page.`);
  for (const [name, { bytes }] of site) await writeAtomic(join(folder, name), bytes);
}
