// What is wrong with a packed package: publint, @arethetypeswrong/cli, and source maps without their sources.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const run = promisify(execFile);

/** Sentences, none when all is well. */
export async function problemsOf(root, { tarball, folder, manifest }) {
  const { messages } = await publint({ pkgDir: folder, pack: false, strict: true });
  const linted = messages.map((message) => `publint: ${formatMessage(message, manifest, { color: false })}`);
  return [
    ...linted,
    ...(await typeProblems(root, tarball)),
    ...mapProblems(folder),
    ...licenceProblems(folder),
  ];
}

async function typeProblems(root, tarball) {
  const attw = join(root, "node_modules/.bin/attw");
  try {
    await run(attw, [tarball, "--profile", "esm-only", "--format", "ascii", "--no-color", "--no-emoji"]);
    return [];
  } catch (error) {
    return [`attw: ${error.stdout || error.message}`];
  }
}

/** pnpm adds the licence of the workspace, except to packages that hold a file of such a name for something else. */
const licenceProblems = (folder) =>
  existsSync(join(folder, "LICENSE")) ? [] : ["the tarball has no LICENSE at its top"];

/** A map whose sources are neither in it nor in the package leads a debugger to files that are not there. */
function mapProblems(folder) {
  const without = readdirSync(folder, { recursive: true }).filter((file) => {
    if (!file.endsWith(".map")) return false;
    const { sources, sourcesContent = [] } = JSON.parse(readFileSync(join(folder, file), "utf8"));
    return sources.some((_, i) => typeof sourcesContent[i] !== "string");
  });
  return without.length ? [`${without.length} source maps lack their sources, the first ${without[0]}`] : [];
}
