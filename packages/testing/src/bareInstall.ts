// A package as npm installs it for someone else: what it publishes and its dependencies, without optional peers.
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface BareInstall {
  /** Has a node_modules with the package inside. */
  readonly folder: string;
  /** Size of the node_modules. */
  readonly bytes: number;
  remove(): void;
}

interface Manifest {
  readonly name: string;
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Installs a package of this repository, "ops" say, in a new folder outside of it. */
export function bareInstall(name: string): BareInstall {
  const folder = mkdtempSync(join(tmpdir(), "imagefn-bare-"));
  const done = new Set<string>();
  function install(from: string): void {
    if (done.has(from)) return;
    done.add(from);
    const manifest: Manifest = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
    const to = join(folder, "node_modules", manifest.name);
    // Folders of the repository hold more than is published; those of other packages are as published.
    const isOurs = !from.includes("node_modules");
    const published = isOurs ? ["package.json", ...manifest.files!] : readdirSync(from);
    for (const file of published)
      if (file !== "node_modules") cpSync(join(from, file), join(to, file), { recursive: true });
    for (const dependency of Object.keys(manifest.dependencies ?? {})) install(folderOf(dependency, from));
  }
  install(fileURLToPath(new URL(`../../${name}`, import.meta.url)));
  return {
    folder,
    bytes: sizeOf(join(folder, "node_modules")),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Where a package finds another. */
function folderOf(name: string, from: string): string {
  const found = join(from, "node_modules", name);
  if (existsSync(found)) return realpathSync(found);
  if (dirname(from) === from) throw new Error(`testing: ${name} is not installed`);
  return folderOf(name, dirname(from));
}

const sizeOf = (path: string): number =>
  statSync(path).isDirectory()
    ? readdirSync(path).reduce((sum, entry) => sum + sizeOf(join(path, entry)), 0)
    : statSync(path).size;
