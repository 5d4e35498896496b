// Writes a site as a folder for any static host.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ImagefnError, makeFolder, quoted, writeAtomic } from "@imagefn/base";
import type { Site } from "../site.js";

/** Files by which the folder of an explorer and that of a studio are known. */
const signs = [
  ["generator.onnx", "run.json"],
  ["studio.json", "avatars.bin"],
];

/**
 * Writes the files of a site into a folder, which is made if it is missing. A site that an earlier call wrote there is
 * replaced. The page has to be opened over http: browsers run no workers from file:// addresses.
 * @throws ImagefnError `folder-not-empty` if the folder holds anything other than an earlier site
 */
export async function writeSite(site: Site, folder: string): Promise<void> {
  makeFolder(folder);
  const earlier = signs.some((names) => names.every((name) => existsSync(join(folder, name))));
  if (!earlier && readdirSync(folder).length > 0)
    throw new ImagefnError("folder-not-empty", `${quoted(folder)} holds other files.`, { path: folder });
  for (const [name, { bytes }] of site) await writeAtomic(join(folder, name), bytes);
}
