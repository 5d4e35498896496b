// Builds the package of the current folder before it is packed or published, so that no tarball is without its code.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { name, exports, bin = {} } = JSON.parse(readFileSync("package.json", "utf8"));
const { npm_config_user_agent: agent = "", npm_command: command } = process.env;
if (agent.startsWith("npm/") && command === "publish")
  throw new Error(
    `${name}: publish with pnpm, since npm leaves workspace:^ in package.json (see CONTRIBUTING.md)`,
  );

const node = (...args) => execFileSync(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });

/** Every file that package.json promises, as "./dist/index.js". */
const files = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(files));
const missing = () => [...files(exports), ...files(bin)].filter((file) => !existsSync(file));

function build() {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  node(tsc, "-b");
  // The compiler takes what it has written before for there, also where dist was deleted.
  if (missing().length > 0) node(tsc, "-b", "--force");
  // The explorer's bundle holds kernels of ops.
  for (const step of ["../ops/tools/kernels.mjs", "tools/bundle.mjs"]) if (existsSync(step)) node(step);
}

/** Several packages are packed at the same time, and have some of their dependencies in common: one builds at a time. */
function alone(work) {
  const lock = join(root, "node_modules/.prepack");
  while (!taken(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Whether the lock is ours now. That of a process which is no longer there is removed. */
function taken(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  try {
    process.kill(Number(readFileSync(lock, "utf8")), 0);
  } catch (error) {
    if (error.code === "ESRCH") rmSync(lock, { force: true });
  }
  return false;
}

alone(build);
if (missing().length > 0) throw new Error(`${name}: the build lacks ${missing().join(", ")}`);
