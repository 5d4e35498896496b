// Programs that train in a thread: one that exits meanwhile has its own exit code and leaves neither lock nor half-written
// file, and one can be given to Node as text.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRun } from "@imagefn/runs";
import t from "tap";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = mkdtempSync(join(tmpdir(), "imagefn-exit-"));
t.teardown(() => rmSync(home, { recursive: true }));

/** Runs Node without what tap adds to its processes, and with an empty cache: images are prepared each time. */
const node = (args: readonly string[]) =>
  spawnSync(
    "env",
    ["NODE_OPTIONS=", `IMAGEFN_CACHE=${mkdtempSync(join(home, "cache-"))}`, process.execPath, ...args],
    { encoding: "utf8" },
  );
const skip = process.platform === "win32" && "needs env";

const script = (out: string, phase: string, step: number) => `
  const { train } = await import(${JSON.stringify(import.meta.resolve("@imagefn/runs"))});
  const config = ${JSON.stringify({
    ...tiny,
    checkpoint: { everySeconds: 1 },
    train: { ...tiny.train, steps: 5000 },
  })};
  await train(config, {
    out: ${JSON.stringify(out)},
    onProgress({ phase, step }) {
      if (phase === "${phase}" && step >= ${step}) process.exit(7);
    },
  });`;

for (const [phase, step] of [
  ["data", 1],
  ["pretrain", 2],
  ["train", 1],
  ["train", 60],
  ["train", 61],
] as const)
  t.test(`${phase} ${step}`, { skip }, async (t) => {
    const out = join(home, `${phase}-${step}`);
    const file = join(home, `${phase}-${step}.mjs`);
    writeFileSync(file, script(out, phase, step));
    const { status, stderr } = node([file]);
    t.equal(status, 7, stderr);
    const left = readdirSync(out, { recursive: true }).filter((name) => /\.(lock|tmp)$/.test(String(name)));
    t.same(left, []);
    t.equal((await openRun(out)).finished, false);
  });

t.test("a program given as text", { skip }, async (t) => {
  const out = join(home, "text");
  const text = `import { train } from ${JSON.stringify(import.meta.resolve("@imagefn/runs"))};
    await train(${JSON.stringify(tiny)}, { out: ${JSON.stringify(out)} });`;
  const { status, stderr } = node(["--input-type=module", "-e", text]);
  t.equal(status, 0, stderr);
  t.equal((await openRun(out)).finished, true);
});
