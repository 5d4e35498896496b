// Data from npm packages that are too large to be dependencies.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { quoted } from "@imagefn/base";
import { reasonOf } from "./_reason.js";

export interface DataPackage {
  folder: string;
  version: string;
}

/**
 * The folder of the package `name`: `path` if given, else where it is installed for this package or for the
 * program in the current folder. If it is not found, the error says how to install it.
 */
export async function findPackage(name: string, version: string, path?: string): Promise<DataPackage> {
  const folder = path ?? installed(name);
  const manifest = folder && (await readFile(join(folder, "package.json"), "utf8").catch(() => undefined));
  if (!folder || !manifest?.includes(JSON.stringify(name))) {
    throw new Error(
      `datasets: the package ${name} is not installed (looked ${path ? `in ${quoted(path)}` : "where packages are installed"}, ` +
        `expected version ${version}); it is too large to be a dependency, so install it: npm install ${name}@${version}`,
    );
  }
  return { folder, version: (JSON.parse(manifest) as { version: string }).version };
}

function installed(name: string): string | undefined {
  for (const from of [import.meta.url, join(process.cwd(), "here")]) {
    try {
      return dirname(createRequire(from).resolve(`${name}/package.json`));
    } catch {
      // It may be in the next place.
    }
  }
  return undefined;
}

/** A JSON file of the package. Throws if it cannot be read; the message says to install the package again. */
export async function readJson(folder: string, name: string): Promise<unknown> {
  const file = join(folder, name);
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new Error(`datasets: cannot read ${quoted(file)} (${reasonOf(error)}); install the package again`);
  }
}
