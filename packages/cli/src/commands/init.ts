// `imagefn init`: a configuration file for one's own pictures.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, quoted, writeAtomic } from "@imagefn/base";
import { configJsonSchema, schemaFile, starterConfig } from "@imagefn/runs";
import { commandText } from "../commandText.js";
import { UserError } from "../errors.js";
import type { InitOptions } from "../options/init.js";
import { jsonText, type Print } from "../output.js";
import { visible } from "../visible.js";

/** Writes the file, and prints the command that trains with it. */
export async function run({ folder, preset, data }: InitOptions, print: Print): Promise<object> {
  const config = join(folder, "config.yaml");
  if (existsSync(config))
    throw new UserError(`${quoted(config)} exists already. Choose another folder, or remove it.`);
  const next = commandText(["train", config, ...(data === undefined ? ["--data", "DIR"] : [])]);
  const { yaml, size, images, warnings } = await starterConfig({
    folder,
    preset,
    data,
    schema: `./${schemaFile}`,
    header: [
      "Training on your own pictures. Fields that are not here come from the preset:",
      "`imagefn config --fields` explains all of them.",
      `Train: ${next}`,
    ],
  });
  for (const text of warnings) process.stderr.write(`warning: ${visible(text)}\n`);
  makeFolder(folder);
  await writeAtomic(join(folder, schemaFile), jsonText(configJsonSchema()));
  await writeAtomic(config, yaml);
  const found = images === undefined ? "" : `: ${images} ${images === 1 ? "picture" : "pictures"}`;
  print(`wrote ${quoted(config)}${found}, trained at ${size} x ${size} px\nnext: ${next}\n`);
  return { config, size, images: images ?? null, next };
}
