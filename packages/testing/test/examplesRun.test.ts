// The examples in README files run as they are, and print what their comments say.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { documents, root } from "./readmes.js";

t.setTimeout(280_000);

/** Examples by "README, number": what they print, and the files that they write. */
const runs: Readonly<Record<string, { readonly printed?: RegExp; readonly files?: readonly string[] }>> = {
  "README.md, 2": { printed: /^Float32Array\(2\) \[ (?:1\.99|2\.00)\d+, (?:0\.99|1\.00)\d+ \]$/m },
  "packages/base/README.md, 1": {
    printed: /^sheet\.png \{ width: 140, height: 140 \}$/m,
    files: ["sheet.png"],
  },
  "packages/consistency/README.md, 1": {
    printed: /^step 400 of 400, 81 levels, loss 0\.00/m,
    files: ["flags.ppm"],
  },
  "packages/consistency/README.md, 2": { printed: /^0\.505 79$/m },
  "packages/consistency/README.md, 3": {
    printed: /^0 -?0\.[01] .*\n1 -0\.[456] 0\.[456]\n2 -(?:1\.0|0\.9) (?:1\.0|0\.9)$/m,
  },
  "packages/consistency/README.md, 4": { printed: /^Float32Array\(4\) \[ -0\.5, -0\.5, -0\.5, 1 \]$/m },
  "packages/datasets/README.md, 1": { printed: /^2 \d+ 98304\n400 images held out/m },
  "packages/inr/README.md, 1": { printed: /^37\.[345] dB$/m, files: ["disc.ppm"] },
  "packages/inr/README.md, 2": {},
  "packages/ops/README.md, 1": {},
  "packages/transformer/README.md, 1": { files: ["function-0-32x32.ppm", "function-3.safetensors"] },
  "packages/unet-baseline/README.md, 1": { printed: /^2891395 parameters\n\[ 4, 3, 32, 32 \] true$/m },
};

/** Those that are not run here, and why. */
const elsewhere: Readonly<Record<string, string>> = {
  "README.md, 1": "trains for 20 minutes; that of runs does the same in 20 steps",
  "packages/cli/README.md, 1": "trains for 8 minutes; that of runs does the same in 20 steps",
  "docs/evaluate.md, 1": "needs the weights of SqueezeNet",
  "packages/distributed/README.md, 1": "needs mpirun; its package tests the same calls",
  "packages/inr/README.md, 3": "runs in a browser, where inr's own tests draw on canvases",
  "packages/avatars-model/README.md": "has a test of its own in its package",
  "packages/metrics/README.md": "has a test of its own in its package",
  "packages/runs/README.md": "has a test of its own in its package",
  "packages/viewer/README.md": "has a test of its own in its package",
};

const examples = documents().flatMap(({ path, text }) =>
  [...text.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, code], i) => ({
    path,
    name: `${path}, ${i + 1}`,
    code,
  })),
);

/** Runs an example in a folder, and gives what it printed. */
function printedBy(path: string, code: string, folder: string): string {
  // Beside the package, so that packages are found by their names.
  const at = path === "README.md" ? "packages/cli" : path.replace(/\/README\.md$/, "");
  const script = join(root, at, `example-of-readme-${process.pid}.mjs`);
  writeFileSync(script, code);
  try {
    const env = { ...process.env, IMAGEFN_CACHE: join(folder, "cache") };
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
      cwd: folder,
      encoding: "utf8",
      env,
    });
    if (status !== 0) throw new Error(stderr);
    return stdout;
  } finally {
    rmSync(script);
  }
}

t.test("every example is run, or has a reason", async (t) => {
  const known = [...Object.keys(runs), ...Object.keys(elsewhere)];
  const has = ({ path, name }: { path: string; name: string }) =>
    known.includes(name) || known.includes(path);
  t.same(
    examples.filter((one) => !has(one)).map(({ name }) => name),
    [],
  );
  const names = examples.flatMap(({ path, name }) => [path, name]);
  t.same(
    known.filter((name) => !names.includes(name)),
    [],
  );
});

for (const { path, name, code } of examples.filter((one) => one.name in runs))
  t.test(`${name} runs`, async (t) => {
    const folder = t.testdir({});
    const { printed = /^/, files = [] } = runs[name];
    t.match(printedBy(path, code, folder), printed);
    for (const file of files) t.ok(existsSync(join(folder, file)), file);
  });

t.test("the losses in the comment of ops' example are those it prints", async (t) => {
  const readme = readFileSync(join(root, "packages/ops/README.md"), "utf8");
  const comment = /console\.log\(t, loss\.data\[0\]\); \/\/ (.*)$/m.exec(readme)?.[1].split(", ").map(Number);
  const { path, code } = examples.find(({ name }) => name === "packages/ops/README.md, 1")!;
  const printed = [...printedBy(path, code, t.testdir({})).matchAll(/^\d+ (\S+)$/gm)].map(([, loss]) =>
    Number(loss),
  );
  t.equal(printed.length, 4);
  for (const [i, loss] of printed.entries())
    t.ok(Math.abs(loss / (comment?.[i] ?? 0) - 1) < 0.05, `${loss} is about ${comment?.[i]}`);
});
