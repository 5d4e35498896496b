// Which installed dependencies refuse the oldest Node that package.json promises.
import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import semver from "semver";

/** Dependencies that need not run: of these only data are read. */
const onlyRead = ["nsfwjs"];

const read = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** Where a package finds another, or undefined where that is not installed, as an optional one for another system. */
function folderOf(name, from) {
  // With a file behind the name, since "buffer" alone is a module of Node.
  for (const path of createRequire(join(from, "package.json")).resolve.paths(`${name}/package.json`)) {
    try {
      return dirname(realpathSync(join(path, name, "package.json")));
    } catch {}
  }
}

/**
 * Sentences, none when all is well, about the dependencies of a package and theirs, optional ones and peers included.
 * @param folder of the package in the workspace
 */
export function engineProblems(folder) {
  const { name, engines } = read(folder);
  const oldest = semver.minVersion(engines.node);
  const seen = new Set();
  const problems = [];
  const visit = (from, path) => {
    if (seen.has(from) || onlyRead.includes(path.at(-1))) return;
    seen.add(from);
    const { dependencies, optionalDependencies, peerDependencies, ...manifest } = read(from);
    const range = manifest.engines?.node;
    if (range && !semver.satisfies(oldest, range))
      problems.push(
        `${path.join(" > ")} ${manifest.version} needs Node ${range}, and ${name} promises ${oldest}`,
      );
    for (const each of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const found = folderOf(each, from);
      if (found) visit(found, [...path, each]);
    }
  };
  visit(realpathSync(folder), [name]);
  return problems;
}
