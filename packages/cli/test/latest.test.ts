// `latest` in place of a run.
import { cpSync, renameSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { tinyRun } from "@imagefn/testing/tinyRun";
import t from "tap";
import { imagefnHere } from "./inProcess.js";
import { paragraph, yamlOf } from "./tiny.js";

t.setTimeout(240_000);
const yaml = yamlOf({
  data: { ...tinyRun.data, size: 32 },
  pretrain: tinyRun.pretrain,
  train: tinyRun.train,
  sample: { ...tinyRun.sample, sizes: [[32, 32]] },
});
const home = t.testdir({ "tiny.yaml": yaml });
const imagefn = imagefnHere(home, { IMAGEFN_WEIGHTS: "" });

/** Says that the log of a run was written an hour ago. */
const age = (run: string) => {
  const then = new Date(Date.now() - 3_600_000);
  for (const name of ["config.yaml", "log.jsonl"]) utimesSync(join(home, run, name), then, then);
};

t.test("every command that takes a run takes the newest one, and says which", async (t) => {
  const none = await imagefn("sample latest");
  t.equal(none.status, 1);
  t.match(paragraph(none), /there is no run in runs yet/);

  t.equal((await imagefn("train tiny.yaml --out runs/old")).status, 0);
  cpSync(join(home, "runs/old"), join(home, "runs/new"), { recursive: true });
  age("runs/old");
  const cases: [args: string, stdout: RegExp][] = [
    ["sample latest --count 1", /^runs\/new\/samples\/step10-seed0-count1-32x32\.png\n$/],
    ["export latest", /^runs\/new\/exports\//],
    ["report latest", /^runs\/new\/report\.html\n$/],
    ["evaluate latest --metrics ssim --count 4", /^SSIM .*4 pairs/],
    ["compare latest runs/old --count 1 --seconds 0.01 --out two", /^two\/samples\.png$/m],
    ["train --resume latest", /^$/],
  ];
  for (const [args, stdout] of cases) {
    const ended = await imagefn(args);
    t.equal(ended.status, 0, `${args}\n${ended.stderr}`);
    t.match(ended.stderr, /^latest run: runs\/new\n/, args);
    t.match(ended.stdout, stdout, args);
  }
  t.match((await imagefn("sample latest --count 1 --json")).stdout, /"run": "runs\/new"/);
  const against = await imagefn("evaluate runs/old --against latest --metrics ssim --count 4");
  t.match(against.stderr, /^latest run: runs\/new\n/);
  t.match((await imagefn("sample --help")).stdout, /`latest` for the newest one in\s+runs\//);
});

t.test("a folder of that name is taken as it is", async (t) => {
  renameSync(join(home, "runs/old"), join(home, "latest"));
  const { stdout, stderr } = await imagefn("sample latest --count 1");
  t.equal(stdout, "latest/samples/step10-seed0-count1-32x32.png\n");
  t.notMatch(stderr, /latest run/);
});
