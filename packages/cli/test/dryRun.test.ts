// `imagefn train --dry-run` as a process: what it prints, and that it writes nothing.
import { readdirSync } from "node:fs";
import { resolveConfig } from "@imagefn/runs";
import t from "tap";
import { parse } from "yaml";
import { imagefnHere } from "./inProcess.js";
import { imagefnIn, paragraph, tinyYaml } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir({ "tiny.yaml": tinyYaml });

t.test("prints the configuration, and what training would do", async (t) => {
  const { status, stdout, stderr } = await imagefnIn(home)(
    "train tiny.yaml --dry-run --steps 20 --seed 7 --set data.styles=[pixel-art,thumbs] --set data.classes=true --out run",
  );
  t.equal(status, 0, stderr);
  t.equal(stderr, "measuring a few steps ...\n");
  t.same(readdirSync(home, { recursive: true }), ["tiny.yaml"], "nothing was written");
  const values = { seed: 7, train: { steps: 20 }, data: { styles: ["pixel-art", "thumbs"], classes: true } };
  t.same(parse(stdout), resolveConfig(`${home}/tiny.yaml`, [{ source: "test", values }]), "it is YAML");
  const [, ...facts] = stdout.slice(stdout.indexOf("# A dry run: nothing was written.")).split("\n");
  for (const expected of [
    /^# data {7}avatars:pixel-art\+thumbs: 60 images to train on, 4 held out; found, not decoded/,
    /^# classes {4}2, with images to train on: pixel-art \d+, thumbs \d+$/,
    /^# generator {2}CM-Func \(func\), [\d,]+ parameters; an image function has 595$/,
    /^# engine {5}onnx \(asked for\)$/,
    /^# steps {6}100 of pre-training, 20 of training$/,
    /^# time {7}estimated \d+:\d\d: .* a step of pre-training, .* a step of training, on random images/,
    /^# memory {5}estimated \d+ MiB: /,
    /^# run folder run$/,
  ])
    t.match(facts.shift(), expected);
});

t.test("refuses what would have no effect, and what training refuses", async (t) => {
  for (const [args, status, message] of [
    ["--dry-run --resume run", 2, /^imagefn: --resume run cannot be used with --dry-run: /],
    ["--dry-run --watch", 2, /'--dry-run' cannot be used with option '--watch'/],
    [
      "tiny.yaml --dry-run --out .",
      1,
      /^imagefn: \. exists and is not an empty folder\. Choose another --out/,
    ],
  ] as const) {
    const ended = await imagefnHere(home)(`train ${args}`);
    t.equal(ended.status, status, args);
    t.match(paragraph(ended), message);
    t.equal(ended.stdout, "");
  }
});
