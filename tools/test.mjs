// Runs the compiled tests as `tap` would, with a line for each file: `node tools/test.mjs [file..]`. The command `tap` loads
// a compiler and a recorder of modules into every process and thread of a test, which takes 0.6 s of computing each. Tests
// are JavaScript already, and nothing reads the records.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import Summary from "./reporter.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { jobs, timeout } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).tap;

/** From the last package to the first: tests in browsers take long, those of `base` a moment, so that both jobs end together. */
function allTests() {
  const packages = readdirSync(join(root, "packages")).sort().reverse();
  const folders = packages.map((name) => join("packages", name, "dist-test"));
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => name.endsWith(".test.js"))
      .sort()
      .map((name) => join(folder, name)),
  );
}

/** Node on a file, as a command. What is started from a tap test gets NODE_OPTIONS of tap; `env` puts them back. */
function command(file) {
  const node = [process.execPath, "--enable-source-maps", file];
  const options = `NODE_OPTIONS=${process.env.NODE_OPTIONS ?? ""}`;
  return process.platform === "win32" ? [node[0], node.slice(1)] : ["env", [options, ...node]];
}

const given = process.argv.slice(2);
const files = given.length > 0 ? given : allTests();
t.pipe(new Summary()).pipe(process.stdout);
// tap leaves the exit code alone when a file runs out of time.
process.on("exit", () => {
  if (!t.results?.ok) process.exitCode = 1;
});
t.setTimeout(0);
t.jobs = jobs;
t.plan(files.length);
// Both the process and the test in it have the time.
const env = { ...process.env, TAP_TIMEOUT: `${timeout}` };
for (const name of files)
  t.spawn(...command(name), { cwd: root, env, name, buffered: true, timeout: 1000 * timeout });
