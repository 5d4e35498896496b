// The public packages as tarballs, as `changeset publish` would upload them, and unpacked again.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
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

function unpack(tarball) {
  const folder = tarball.replace(/\.tgz$/, "");
  mkdirSync(folder);
  execFileSync("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return { name: manifest.name, tarball, folder, manifest };
}
