// The examples of the README run as they are there, each as a program of its own in a folder with pictures.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pngBytes } from "@imagefn/base";
import { PNG } from "pngjs";
import t from "tap";

t.setTimeout(280_000);
const home = t.testdir({ pictures: {} });
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, text]) => text);

/** Twenty-four pictures, 80 x 72 pixels, of one disc each. */
async function writePictures(): Promise<void> {
  mkdirSync(join(home, "pictures"), { recursive: true });
  const [width, height] = [80, 72];
  for (let i = 0; i < 24; i++) {
    const data = new Uint8Array(3 * width * height).fill(240);
    for (let p = 0; p < width * height; p++)
      if (Math.hypot((p % width) - 40, Math.floor(p / width) - 36) < 10 + i)
        data.set([200, 9 * i, 60], 3 * p);
    writeFileSync(join(home, "pictures", `${i}.png`), await pngBytes({ width, height }, [data]));
  }
}

/** Runs an example, and gives what it printed. */
function printedBy(number: number): string {
  // In this folder, so that packages are found by their names.
  const path = fileURLToPath(new URL(`./readme-${number}.mjs`, import.meta.url));
  writeFileSync(path, examples[number]);
  t.teardown(() => rmSync(path));
  const { status, stdout, stderr } = spawnSync(process.execPath, [path], {
    cwd: home,
    encoding: "utf8",
    env: { ...process.env, IMAGEFN_CACHE: join(home, "cache"), IMAGEFN_WEIGHTS: "" },
  });
  t.equal(status, 0, stderr);
  return stdout;
}

t.test("a folder of pictures, from training to evaluation", async (t) => {
  await writePictures();
  const lines = examples[0].split("\n").filter((line) => line.trim() !== "");
  t.ok(lines.length <= 12, "at most 12 lines");
  const printed = printedBy(0);
  t.match(printed, /^pretrain 20\/20$/m);
  t.match(printed, /^train 20\/20$/m);
  t.match(printed, /^16 \[$/m, "functions");
  for (const side of [64, 256]) {
    const name = new RegExp(`'(.*seed0.*${side}x${side}.*\\.png)'`).exec(printed)?.[1];
    t.ok(name, `a sheet at ${side}`);
    const sheet = PNG.sync.read(readFileSync(join(home, name ?? "")));
    t.ok(sheet.width > 4 * side && sheet.height > 4 * side, `${sheet.width} x ${sheet.height}`);
  }
  t.match(printed, /metric: 'FID.*'/);
  t.ok(readdirSync(join(home, "runs/first/checkpoints")).includes("step-00000040.safetensors"));
});

t.test("images that the program makes", async (t) => {
  t.match(printedBy(1), /^true$/m);
  t.match(readFileSync(join(home, "runs/discs/config.yaml"), "utf8"), /kind: custom/);
  t.equal(examples.length, 2, "every example is tested");
});
