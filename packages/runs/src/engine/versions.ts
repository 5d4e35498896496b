// The versions of what engines are made of.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The versions of the engines' packages, as @imagefn/ops finds them; "missing" if it does not. */
export function engineVersions(): Record<string, string> {
  const require = createRequire(import.meta.resolve("@imagefn/ops"));
  const versionOf = (name: string): string => {
    for (const folder of require.resolve.paths(name) ?? []) {
      const file = join(folder, name, "package.json");
      if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")).version;
    }
    return "missing";
  };
  return Object.fromEntries(["onnxruntime-node", "webgpu"].map((name) => [name, versionOf(name)]));
}
