// Packages as npm installs them in an empty folder: ours from tarballs, others as their manifests ask for them.
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A package, and those of ours that it depends on. */
function closure(packed, name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const dependency of Object.keys(packed.get(name).manifest.dependencies ?? {}))
    if (packed.has(dependency)) closure(packed, dependency, found);
  return found;
}

/** Makes `folder` with a package in its node_modules, without optional peers. */
export function installIn(folder, packed, name) {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const tarballs = [...closure(packed, name)].map((each) => packed.get(each).tarball);
  const options = ["--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  // The script would download CUDA libraries, which nothing here uses.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
  execFileSync("npm", ["install", ...options, ...tarballs], {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Bytes of all files in a folder. */
export function sizeOf(path) {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, entry) => sum + sizeOf(join(path, entry)), 0);
}
