// Names that would steer a terminal or forge a line: every command prints them on one line, without control characters.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tinyRun } from "@imagefn/testing/tinyRun";
import { PNG } from "pngjs";
import t, { type Test } from "tap";
import { commandText, shellWord } from "../dist/commandText.js";
import { imagefnHere } from "./inProcess.js";
import { type Ended, yamlOf } from "./tiny.js";

t.setTimeout(240_000);
const HOSTILE = "a\u001b[2J\nimagefn: forged\u202e";
const SHOWN = String.raw`a\u001b[2J\nimagefn: forged\u202e`;
const data = { ...tinyRun.data, size: 32 };
const sample = { ...tinyRun.sample, sizes: [[32, 32]] };
const yaml = yamlOf({ data, pretrain: tinyRun.pretrain, train: tinyRun.train, sample });
const home = t.testdir({ "tiny.yaml": yaml, empty: {} });
const imagefn = imagefnHere(home, { IMAGEFN_WEIGHTS: "" });
const inHome = (...path: string[]) => join(home, ...path);
const skip = process.platform === "win32" && "such names cannot be made";

/** Runs a command, which may fail, and looks at all that it printed. */
async function harmless(t: Test, args: readonly string[], status: number): Promise<Ended> {
  const ended = await imagefn(args);
  const text = ended.stdout + ended.stderr;
  t.equal(ended.status, status, `${args[0]}: ${ended.stderr}`);
  t.notMatch(text, /[^\P{Cc}\n\t]|[\u202a-\u202e]/u, `${args.join(" ")}: no control characters`);
  t.notMatch(text, /^(imagefn: )?imagefn: forged/m, `${args.join(" ")}: no forged line`);
  return ended;
}

t.test("folders of runs", { skip }, async (t) => {
  const trained = await harmless(t, ["train", "tiny.yaml", "--out", HOSTILE], 0);
  t.ok(trained.stderr.startsWith(`run folder "${SHOWN}"\n`), trained.stderr);
  const run = (...args: string[]) => harmless(t, args, 0);
  const { stdout } = await run("sample", HOSTILE, "--count", "1");
  t.equal(JSON.parse(stdout), `${HOSTILE}/samples/step10-seed0-count1-32x32.png`);
  await run("sample", HOSTILE, "--count", "1", "--save-functions", "--out", `${HOSTILE}-pictures`);
  await run("report", HOSTILE);
  await run("export", HOSTILE);
  await run("export", HOSTILE, "--web", `${HOSTILE}-site`);
  await run("evaluate", HOSTILE, "--metrics", "ssim", "--count", "4");
  await run("compare", HOSTILE, HOSTILE, "--count", "1", "--seconds", "0.01", "--out", `${HOSTILE}-two`);
  await run("train", "--resume", HOSTILE);
  await run("init", `${HOSTILE}-mine`);
  mkdirSync(inHome("runs"));
  cpSync(inHome(HOSTILE), inHome("runs", HOSTILE), { recursive: true });
  await run("sample", "latest", "--count", "1");
});

t.test("what is refused", { skip }, async (t) => {
  mkdirSync(inHome(`${HOSTILE}-empty`));
  writeFileSync(inHome(`${HOSTILE}.yaml`), `${JSON.stringify(HOSTILE)}: 1\n`);
  writeFileSync(inHome("name.yaml"), `name: ${JSON.stringify(HOSTILE)}\n`);
  const missing = `${HOSTILE}-missing`;
  const empty = `${HOSTILE}-empty`;
  const cases: [status: number, ...args: string[]][] = [
    [2, HOSTILE],
    [2, "train", `--${HOSTILE}`],
    [2, "train", "--minutes", HOSTILE],
    [2, "train", "--set", `${HOSTILE}=1`],
    [2, "train", "--set", `name=${HOSTILE}`],
    [2, "train", "--resume", HOSTILE, "--seed", "1"],
    [1, "train", missing],
    [1, "train", `${HOSTILE}.yaml`],
    [1, "train", "name.yaml"],
    [1, "train", "tiny.yaml", "--out", HOSTILE],
    [1, "train", "--resume", missing],
    [1, "train", "--resume", empty],
    [1, "train", empty],
    [1, "train", HOSTILE],
    [1, "train", "folder64-tiny", "--data", missing],
    [1, "train", "folder64-tiny", "--data", empty],
    [1, "sample", missing],
    [1, "sample", empty],
    [2, "sample", HOSTILE, "--class", HOSTILE],
    [1, "sample", HOSTILE, "--ema", "0.123"],
    [1, "explore", missing],
    [1, "report", missing],
    [1, "export", missing],
    [1, "export", `${HOSTILE}.yaml`],
    [2, "export", `${HOSTILE}.yaml`, "--web", "x"],
    [2, "export", `${HOSTILE}.yaml`, "--seed", "1"],
    [1, "evaluate", missing],
    [1, "evaluate", empty],
    [1, "evaluate", HOSTILE, "--against", missing],
    [2, "evaluate", HOSTILE, "--against", empty, "--held-out"],
    [1, "compare", HOSTILE, missing],
    [2, "compare", HOSTILE, "--minutes", "1"],
    [2, "compare", missing, empty],
    [2, "reproduce", HOSTILE],
    [1, "config", missing],
    [1, "init", `${HOSTILE}-mine`],
    [2, "init", "x", "--preset", HOSTILE],
    [1, "init", "x", "--data", empty],
    [2, "completion", HOSTILE],
  ];
  for (const [status, ...args] of cases) await harmless(t, args, status);
});

t.test("classes", { skip }, async (t) => {
  const long = "b".repeat(255);
  for (const name of [HOSTILE, long]) {
    mkdirSync(inHome("classes", name), { recursive: true });
    for (let i = 0; i < 6; i++) {
      const png = new PNG({ width: 16, height: 16 });
      png.data.fill(30 * i + 40);
      writeFileSync(inHome("classes", name, `${i}.png`), PNG.sync.write(png));
    }
  }
  const folder = { kind: "folder", path: "classes", size: 16, classes: true };
  const small = { ...tinyRun.sample, sizes: [[16, 16]] };
  const text = yamlOf({ data: folder, pretrain: tinyRun.pretrain, train: tinyRun.train, sample: small });
  writeFileSync(inHome("classes.yaml"), text);
  await harmless(t, ["train", "classes.yaml", "--out", "styles"], 0);
  const { stdout } = await harmless(t, ["sample", "styles", "--count", "1", "--class", long], 0);
  t.equal(stdout, `styles/samples/step10-seed0-count1-class1-${"b".repeat(60)}-16x16.png\n`);
  await harmless(t, ["sample", "styles", "--count", "1", "--class", HOSTILE], 0);
  await harmless(t, ["export", "styles", "--what", "function", "--class", long], 0);
  const { stderr } = await harmless(t, ["sample", "styles", "--class", `${HOSTILE}x`], 1);
  t.ok(stderr.includes(`Expected a name or a number: 0 "${SHOWN}", 1 b`), stderr);
});

t.test("a command that can be typed again", async (t) => {
  t.equal(
    commandText(["train", "my.yaml", "--set", "data.styles=[a,b]"]),
    'imagefn train my.yaml --set "data.styles=[a,b]"',
  );
  t.equal(shellWord("my run"), '"my run"');
  const words = ["my run", "it's", '"$HOME" `id` \\ !', HOSTILE, " ", "", "~/a"];
  for (const word of words.slice(0, -1)) {
    const shown = shellWord(word);
    t.notMatch(shown, /[\p{Cc}\u202e]/u);
    if (!existsSync("/bin/bash")) continue;
    const read = execFileSync("/bin/bash", ["--norc", "-c", `printf %s ${shown}`], {
      env: { LC_ALL: "C.UTF-8" },
    });
    t.equal(read.toString(), word);
  }
  t.equal(shellWord("~/a"), "~/a", "the home folder");
});
