// The public packages as tarballs, as `changeset publish` would upload them, and unpacked again.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/**
 * Packs every public package into `folder` and unpacks it there.
 * @returns {Map<string, { name: string, tarball: string, folder: string, manifest: object }>} by name
 */
export function packAll(root, folder) {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const isPublic = (path) => !JSON.parse(readFileSync(join(root, path, "package.json"), "utf8")).private;
  const paths = readdirSync(join(root, "packages")).map((name) => join("packages", name));
  const filters = paths.filter(isPublic).flatMap((path) => ["--filter", `./${path}`]);
  execFileSync(
    "npx",
    ["--yes", packageManager, "--recursive", ...filters, "pack", "--pack-destination", folder],
    { cwd: root, stdio: ["ignore", "ignore", "inherit"] },
  );
  const packed = readdirSync(folder)
    .filter((file) => file.endsWith(".tgz"))
    .map((file) => unpack(join(folder, file)));
  return new Map(packed.map((one) => [one.name, one]));
}

/**
 * Packs a package of a checkout that was never built, here a copy of `@imagefn/base`.
 * @returns the names of the files in the tarball, as "dist/index.js"
 */
export function packUnbuilt(root, folder) {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const sources = ["src", "package.json", "tsconfig.json"].map((file) => `packages/base/${file}`);
  for (const file of ["tools/prepack.mjs", "tsconfig.base.json", ...sources])
    cpSync(join(root, file), join(folder, file), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const options = { cwd: join(folder, "packages/base"), stdio: ["ignore", "ignore", "inherit"] };
  execFileSync("npx", ["--yes", packageManager, "pack", "--pack-destination", folder], options);
  const tarball = readdirSync(folder).find((file) => file.endsWith(".tgz"));
  const listed = execFileSync("tar", ["-tzf", join(folder, tarball)], { encoding: "utf8" });
  return listed.split("\n").map((file) => file.replace(/^package\//, ""));
}

function unpack(tarball) {
  const folder = tarball.replace(/\.tgz$/, "");
  mkdirSync(folder);
  execFileSync("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return { name: manifest.name, tarball, folder, manifest };
}
