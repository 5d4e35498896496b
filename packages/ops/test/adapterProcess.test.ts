// Looking for a GPU: what native libraries print, and how they crash, does not reach the program.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bareInstall } from "@imagefn/testing";
import t from "tap";

const { folder, remove } = bareInstall("ops");
t.teardown(remove);
const started = join(folder, "started");

/** The reason for the engine that auto takes twice, where `webgpu` does this when it is asked for an adapter. */
function auto(requestAdapter: string) {
  const to = join(folder, "node_modules", "webgpu");
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, "package.json"), '{ "name": "webgpu", "main": "index.js" }');
  writeFileSync(
    join(to, "index.js"),
    `const { writeSync, appendFileSync } = require("node:fs");
     appendFileSync(${JSON.stringify(started)}, "x");
     const noise = () => { writeSync(1, "noise\\n"); writeSync(2, "Warning: noise\\n"); };
     exports.create = () => ({ async requestAdapter() { ${requestAdapter} } });`,
  );
  const file = join(folder, "auto.mjs");
  writeFileSync(
    file,
    `import { engine } from "@imagefn/ops";
     const first = await engine();
     const { why } = await engine();
     console.log(JSON.stringify({ name: first.engine.name, why, same: why === first.why }));`,
  );
  // A Linux without drivers is not asked for an adapter; this one has some.
  const env = { PATH: process.env.PATH, VK_ICD_FILENAMES: "/none" };
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: "utf8", env });
  if (status !== 0) throw new Error(stderr);
  const times = existsSync(started) ? readFileSync(started, "utf8").length : 0;
  rmSync(started, { force: true });
  return { ...JSON.parse(stdout), stderr, times };
}

const info = '{ vendor: "acme", architecture: "a1", description: "", isFallbackAdapter: true }';
for (const [what, requestAdapter, why] of [
  ["no adapter", "noise(); return null;", /^no GPU was found: WebGPU finds no adapter here/],
  ["a software adapter", `noise(); return { info: ${info} };`, /^WebGPU's adapter acme a1 is software/],
  [
    "a driver that crashes",
    "noise(); process.abort();",
    /^no GPU was found: WebGPU crashes or does not answer/,
  ],
] as const)
  t.test(`${what}: nothing is printed, and it is asked for once`, async (t) => {
    const found = auto(requestAdapter);
    t.match(found, { name: "gpujs:webasm", why, same: true, stderr: "", times: 1 });
  });

t.test("where no process can tell, the package is asked here", async (t) => {
  const found = auto('if (!process.argv[1].endsWith("auto.mjs")) process.exit(3); return null;');
  // Both engines ask, and the process did.
  t.match(found, { name: "gpujs:webasm", why: /^no GPU was found: WebGPU finds no adapter here/, times: 2 });
});
