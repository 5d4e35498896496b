// The installed version of a dependency, for cache keys.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Version of `name` as installed; works for packages that do not export their package.json. */
export function packageVersion(name: string): string {
  let folder = new URL(".", import.meta.resolve(name));
  for (;;) {
    const file = fileURLToPath(new URL("package.json", folder));
    if (existsSync(file)) {
      const manifest = JSON.parse(readFileSync(file, "utf8")) as { name?: string; version: string };
      if (manifest.name === name) return manifest.version;
    }
    const parent = new URL("..", folder);
    if (parent.href === folder.href)
      throw new Error(`datasets: no package.json of ${name}; install it again`);
    folder = parent;
  }
}
