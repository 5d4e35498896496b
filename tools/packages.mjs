// Checks the packages as others get them: packs each, lints the tarballs, looks for dependencies that need a newer Node,
// installs two packages in empty folders and uses them there. With --sizes: installs each, and prints the sizes of
// node_modules as a Markdown table. Run after a build.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { engineProblems } from "./packages/engines.mjs";
import { installIn, sizeOf } from "./packages/install.mjs";
import { problemsOf } from "./packages/lint.mjs";
import { packAll, packUnbuilt } from "./packages/pack.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "imagefn-packages-"));
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

function assert(condition, text) {
  if (!condition) throw new Error(`check:packages: ${text}`);
}

/** Runs a script in a folder where a package is installed, and gives what it printed. */
function runIn(folder, script) {
  writeFileSync(join(folder, "script.js"), script);
  const env = { ...process.env, IMAGEFN_CACHE: join(home, "cache"), IMAGEFN_WEIGHTS: "" };
  const stdio = ["ignore", "pipe", "inherit"];
  return execFileSync(process.execPath, ["script.js"], { cwd: folder, encoding: "utf8", env, stdio });
}

async function lintAll(packed) {
  const all = await Promise.all(
    [...packed.values()].map(async (one) =>
      (await problemsOf(root, one)).map((text) => `${one.name}: ${text}`),
    ),
  );
  const problems = all.flat();
  assert(problems.length === 0, `${problems.length} problems\n${problems.join("\n")}`);
  console.log(`publint, attw and source maps: ${packed.size} tarballs are in order`);
}

/** Kernels that a minifier may change come with their text. */
function checkKernels(packed) {
  const relu = readFileSync(join(packed.get("@imagefn/ops").folder, "dist/ops/relu.js"), "utf8");
  assert(relu.includes('text: "function relu'), "the kernels of @imagefn/ops lack their texts");
}

function checkUnbuilt() {
  const files = packUnbuilt(root, join(home, "unbuilt"));
  const expected = ["dist/index.js", "dist/index.d.ts"];
  assert(
    expected.every((file) => files.includes(file)),
    `packed without a build: ${files.join(", ")}`,
  );
  console.log("a package that was not built is built when it is packed");
}

function checkEngines(packed) {
  const folders = readdirSync(join(root, "packages")).map((name) => join(root, "packages", name));
  const problems = folders.flatMap(engineProblems);
  assert(problems.length === 0, problems.join("\n"));
  console.log(`engines: all dependencies of ${packed.size} packages run on the oldest Node`);
}

/** The renderer alone: small, and it draws. */
function checkInr(packed) {
  const folder = join(home, "inr");
  installIn(folder, packed, "@imagefn/inr");
  const bytes = sizeOf(join(folder, "node_modules"));
  assert(bytes < 10e6, `@imagefn/inr installs ${megabytes(bytes)} (expected less than 10)`);
  const printed = runIn(
    folder,
    `import { fit, render } from "@imagefn/inr";
     const data = Uint8Array.from({ length: 192 }, (_, i) => i);
     const { imageFunction } = await fit({ width: 8, height: 8, data }, { steps: 3 });
     const { shape, data: values } = await render(imageFunction, { width: 20, height: 10 });
     console.log(shape.join("x"), values.every(Number.isFinite));`,
  );
  assert(printed === "3x10x20 true\n", `render gave ${printed}`);
  console.log(`@imagefn/inr: ${megabytes(bytes)} installed, and it draws`);
}

/** Twenty-four pictures, 80 x 72 pixels, of one disc each. */
async function writePictures(folder) {
  const { pngBytes } = await import("../packages/base/dist/index.js");
  const [width, height] = [80, 72];
  mkdirSync(folder);
  for (let i = 0; i < 24; i++) {
    const data = new Uint8Array(3 * width * height).fill(240);
    for (let p = 0; p < width * height; p++)
      if (Math.hypot((p % width) - 40, Math.floor(p / width) - 36) < 10 + i)
        data.set([200, 9 * i, 60], 3 * p);
    writeFileSync(join(folder, `${i}.png`), await pngBytes({ width, height }, [data]));
  }
}

/**
 * The first example of the README of runs: trains on a folder of pictures, samples and evaluates. The package's own test
 * takes all of its steps; what was installed shows in two.
 */
async function checkRuns(packed) {
  const folder = join(home, "runs");
  installIn(folder, packed, "@imagefn/runs");
  await writePictures(join(folder, "pictures"));
  const readme = readFileSync(join(packed.get("@imagefn/runs").folder, "README.md"), "utf8");
  const example = /```js\n(.*?)```/s.exec(readme)[1].replaceAll("steps: 20", "steps: 2");
  const printed = runIn(folder, example);
  for (const expected of [/^pretrain 2\/2$/m, /^train 2\/2$/m, /^16 \[/m, /metric: 'FID/])
    assert(expected.test(printed), `the example of runs printed nothing like ${expected}:\n${printed}`);
  const bytes = sizeOf(join(folder, "node_modules"));
  console.log(`@imagefn/runs: ${megabytes(bytes)} installed, and the first example of its README runs`);
}

function printSizes(packed) {
  console.log("| package | node_modules |\n| --- | --: |");
  for (const name of packed.keys()) {
    const folder = join(home, `size-${name.replace("/", "-")}`);
    installIn(folder, packed, name);
    console.log(`| \`${name}\` | ${megabytes(sizeOf(join(folder, "node_modules")))} |`);
    rmSync(folder, { recursive: true });
  }
}

try {
  mkdirSync(join(home, "tarballs"));
  const packed = packAll(root, join(home, "tarballs"));
  if (process.argv.includes("--sizes")) printSizes(packed);
  else {
    await lintAll(packed);
    checkEngines(packed);
    checkKernels(packed);
    checkUnbuilt();
    checkInr(packed);
    await checkRuns(packed);
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
