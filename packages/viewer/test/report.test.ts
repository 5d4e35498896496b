// Reports: the curves of a log, what the page holds, and that nothing in a run can become markup.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LogEntry } from "@imagefn/runs";
import { writeReport } from "@imagefn/viewer";
import t from "tap";
import { readContents } from "../dist/report/contents.js";
import { curvesOf } from "../dist/report/curves.js";
import { longTime, shortTime } from "../dist/report/numbers.js";
import { reportPage } from "../dist/report/page.js";
import { pointsOf } from "../dist/report/points.js";
import { viewOf } from "../dist/report/view.js";
import { elementsOf, hostile, logMore, logOf, madeUpRun, picture } from "./madeUpRun.js";

const home = t.testdir();
const run = await madeUpRun(join(home, "made-up"));
const contents = readContents(run);

t.test("the steps of a log count over both phases, and lines of one step are one point", async (t) => {
  const { points, pretrainSteps } = pointsOf(logOf(30));
  t.equal(pretrainSteps, 20);
  t.equal(points.length, 50);
  t.match(points[19], { phase: "pretrain", step: 20, values: { loss: 1 / 20, heldOutPsnr: 17.25 } });
  t.match(points[49], { phase: "train", step: 30, values: { N: 39 } });
});

t.test("a run that went on from a checkpoint has its last sitting's steps once", async (t) => {
  const line = (phase: string, step: number, loss: number) => ({ phase, step, loss });
  const killed = [1, 2, 3, 4].map((step) => line("train", step, 1));
  const { points } = pointsOf([line("pretrain", 5, 1), ...killed, line("train", 3, 2), line("train", 4, 2)]);
  t.same(
    points.map(({ step, values }) => [step, values.loss]),
    [
      [5, 1],
      [1, 1],
      [2, 1],
      [3, 2],
      [4, 2],
    ],
  );
  t.same(pointsOf([...killed, line("pretrain", 7, 3)]).points.length, 1, "back to pre-training");
});

t.test("what is no step and no number is left out", async (t) => {
  const { points } = pointsOf([
    null as unknown as LogEntry,
    { phase: hostile, step: 1, loss: 1 },
    { phase: "train", step: hostile, loss: 1 },
    { phase: "train", step: 2, loss: hostile, N: null, learningRate: 0.5 },
  ]);
  t.same(points, [{ phase: "train", step: 2, values: { learningRate: 0.5 } }]);
});

t.test("curves: a line for each phase, means where there are enough points, no peak lost", async (t) => {
  const [loss, N, rate, norm, distance] = curvesOf(pointsOf(logOf(30)));
  t.same(
    [loss, N, rate, norm, distance].map(({ id }) => id),
    ["loss", "N", "learningRate", "gradientNorm", "denoisingDistance"],
  );
  t.equal(loss.steps.length, 50);
  t.same(
    loss.lines.map(({ phase, mean }) => [phase, mean]),
    [
      ["pretrain", false],
      ["train", false],
    ],
  );
  t.same([loss.lines[0].values[19], loss.lines[0].values[20]], [0.05, null]);
  t.same([loss.lines[1].values[19], loss.lines[1].values[20]], [null, 0.001]);
  t.same(
    [distance.steps, distance.lines[0].values],
    [
      [1, 30, 40, 50],
      [null, 0.291, 0.281, 0.271],
    ],
    "along all steps of the run",
  );

  const long = Array.from({ length: 50_000 }, (_, i) => ({
    ...{ phase: "train", step: i + 1, loss: i === 33_333 ? 1000 : 2 + (i % 2) },
  }));
  const [{ steps, lines }] = curvesOf(pointsOf(long));
  t.ok(steps.length <= 2002, `${steps.length} of 50,000 points`);
  t.same([steps[0], steps.at(-1)], [1, 50_000]);
  t.equal(lines[0].values[steps.indexOf(33_334)], 1000, "the peak");
  t.equal(lines[1].mean, true);
  t.ok(
    lines[1].values.every((mean) => mean! > 2.4 && mean! < 3.3),
    "the mean is smooth",
  );
  t.equal(curvesOf(pointsOf([])).length, 0);
});

t.test("the page holds curves, pictures, metrics, settings and environment", async (t) => {
  const view = viewOf(contents);
  t.equal(view.status, "finished");
  t.same(
    view.frames.map(({ title }) => title),
    ["step 30", "step 40", "end"],
  );
  t.same(
    view.finals.map(({ title, width }) => [title, width]),
    [
      ["32 × 32", 34],
      ["48 × 64", 50],
    ],
  );
  const facts = new Map(view.facts);
  t.match(facts.get("Generator"), "CM-Func");
  t.equal(facts.get("Steps"), "20 pre-training + 30 training");
  t.equal(facts.get("Reconstruction, held out"), "17.25 dB PSNR");
  t.equal(facts.get("A training step"), "50 ms");
  t.equal(facts.get("Time"), "50 s");
  t.match(view.metrics?.rows, [
    {
      metric: "PSNR",
      value: "21.123 ± 0.5",
      images: "64 against 60",
      depends: "size 32",
      note: "3 of 64 left out",
    },
    { metric: "FID", depends: "weights are missing" },
  ]);
  const settings = new Map(view.settings.map((setting) => [setting.path, setting]));
  t.match(settings.get("name"), { value: '"made-up"', chosen: true });
  t.match(settings.get("train.mu0"), { value: "0.95", chosen: false });
  t.notOk(settings.has("generator.unet.channels"), "of a generator that is not trained");
  t.match(view.environment, [
    ["Command", "imagefn train --made-up"],
    ["Versions", /^imagefn .*, Node /],
    ["Started", /^20/],
  ]);

  const elements = elementsOf(reportPage(view));
  const images = elements.filter(({ name }) => name === "img").map(({ attributes }) => attributes);
  t.equal(images.length, 6, "three frames, the data, two final grids");
  for (const image of images) t.match(image.get("src"), /^data:image\/png;base64,iVBORw0KGgo/);
  t.match(
    images[0],
    new Map([
      ["alt", "samples, step 30"],
      ["width", "40"],
    ]),
  );
  const remark = elements.find(({ attributes }) => attributes.get("class") === "remark");
  t.equal(remark?.text, "3 of 64 left out");
  t.ok(elements.some(({ attributes, text }) => attributes.get("class") === "brand" && text === "imagefn"));
  const data = elements.find(({ attributes }) => attributes.get("id") === "chart-data")!;
  t.match(JSON.parse(data.text), { pretrainSteps: 20, curves: [{ id: "loss" }] });
});

/** The titles of a page, of its parts and its charts. */
const titles = (page: string) =>
  elementsOf(page).flatMap(({ name, text }) => (/^h[123]$/.test(name) ? [text] : []));

t.test("a card without data is left out", async (t) => {
  const view = viewOf({ ...contents, log: [], pictures: [], metrics: null, environment: [] });
  t.equal(view.status, "not begun");
  const text = reportPage(view);
  t.same(titles(text), ["made-up", "Metrics", "Configuration"]);
  t.match(text, /metrics\.json cannot be read/);
  t.match(
    titles(reportPage(view, { live: true })),
    ["made-up", "Curves"],
    "a live page has room for what follows",
  );
  const few = logOf(30).map(({ gradientNorm, denoisingDistance, ...entry }) => entry);
  const short = { ...contents, log: few, metrics: undefined, pictures: contents.pictures.slice(-1) };
  t.same(titles(reportPage(viewOf(short))), [
    "made-up",
    "Curves",
    "Loss",
    "N(k), sub-intervals of the noise grid",
    "Learning rate",
    ...["Samples along training", "Configuration", "Environment"],
  ]);
  const begun = viewOf({
    ...contents,
    log: [],
    pictures: contents.pictures.filter(({ name }) => name === "data.png"),
  });
  t.ok(titles(reportPage(begun)).includes("Training images"));
  const stopped = viewOf({ ...contents, log: logOf(5), pictures: [] });
  t.equal(stopped.status, "not finished: training, step 5");
});

t.test("the engine that ran, and no setting that leaves it open", async (t) => {
  const engine = (log: LogEntry[], set = contents.config.engine) =>
    new Map(viewOf({ ...contents, log, config: { ...contents.config, engine: set } }).facts).get("Engine");
  t.equal(contents.config.engine.name, "auto");
  t.equal(engine(logOf(3)), undefined, "unknown");
  t.equal(engine(logOf(3).map((entry, i) => (i === 0 ? { ...entry, engine: "onnx" } : entry))), "onnx");
  t.equal(
    engine([{ engine: "onnx" }, ...logOf(3), { engine: "gpujs" }, { engine: "onnx" }]),
    "onnx, gpujs",
    "resumed",
  );
  t.equal(
    engine(logOf(3), { name: "onnx", threads: 1, spinning: true }),
    "onnx, 1 thread",
    "asked for by name",
  );
  t.equal(engine([{ engine: hostile, why: 1 }])?.includes("img"), true);
});

t.test("times are in units that can be read", async (t) => {
  const found = [0.0426, 41.23, 999.4, 999.6, 1828.4, 59_940, 59_960, 3_600_000].map(shortTime);
  t.same(found, ["0.0426 ms", "41.2 ms", "999 ms", "1 s", "1.83 s", "59.9 s", "1 min", "1 h"]);
  const long = [0, 0.4, 50, 60, 479.98, 1828.4, 3600, 7500, 90_061].map(longTime);
  t.same(long, ["0 s", "0 s", "50 s", "1 min", "8 min", "30 min 28 s", "1 h", "2 h 5 min", "25 h 1 min"]);
  const slow = logOf(30).map((entry) => ({ ...entry, msPerStep: 1828.4, seconds: 8640 }));
  const facts = new Map(viewOf({ ...contents, log: slow }).facts);
  t.same([facts.get("A training step"), facts.get("Time")], ["1.83 s", "2 h 24 min"]);
});

t.test("one final grid, with a choice of its sizes that needs no script", async (t) => {
  const elements = elementsOf(reportPage(viewOf(contents)));
  const choices = elements.filter(({ name }) => name === "input").map(({ attributes }) => attributes);
  t.same(
    choices.map((one) => [one.get("type"), one.get("name"), one.get("id"), one.has("checked")]),
    [
      ["radio", "size", "size-32-32", true],
      ["radio", "size", "size-48-64", false],
    ],
  );
  const labels = elements.filter(({ name }) => name === "label");
  t.same(
    labels.map(({ attributes, text }) => [attributes.get("for"), text]),
    [
      ["size-32-32", "32 × 32"],
      ["size-48-64", "48 × 64"],
    ],
  );
});

t.test("the policy lets in the page's own scripts and styles, and nothing else", async (t) => {
  for (const live of [false, true]) {
    const elements = elementsOf(reportPage(viewOf(contents), { live }));
    const policy = elements
      .find(({ attributes }) => attributes.get("http-equiv") === "Content-Security-Policy")!
      .attributes.get("content")!
      .replaceAll("&#39;", "'");
    t.match(policy, /^default-src 'none'; script-src 'sha256-/);
    t.notMatch(policy, /unsafe|\*|https?:/);
    t.equal(policy.includes("connect-src 'self'"), live);
    t.match(policy, /base-uri 'none'; form-action 'none'$/);
    const own = elements.filter(
      ({ name, attributes }) =>
        name === "style" || (name === "script" && attributes.get("type") !== "application/json"),
    );
    t.equal(own.length, live ? 5 : 4);
    for (const { text } of own)
      t.ok(policy.includes(`'sha256-${createHash("sha256").update(text).digest("base64")}'`));
    for (const { name, attributes } of elements)
      for (const key of ["src", "href", "data", "action", "srcset", "style"]) {
        const value = attributes.get(key);
        if (value !== undefined) t.match(value, /^(data:|samples\/)/, `${name} ${key}`);
      }
  }
});

t.test("names, classes, log values and metrics cannot become markup", async (t) => {
  const shape = (page: string) =>
    elementsOf(page).map(({ name, attributes }) => `${name} ${[...attributes.keys()].join(" ")}`);
  const withText = (text: string) => {
    const { data, ...config } = contents.config;
    return reportPage(
      viewOf(
        {
          ...contents,
          name: text,
          config: { ...config, data: { ...data, styles: [text], path: text, classes: true } },
          log: [...contents.log, { phase: "train", step: 31, loss: text, [text]: 1 }],
          pictures: [...contents.pictures, { ...contents.pictures[0], name: `step50-class1-${text}.png` }],
          metrics: {
            samples: { [text]: text },
            findings: [
              { metric: text, value: text, n: text },
              { metric: text, reason: text },
            ],
          },
          environment: [[text, text]],
        },
        { progress: { phase: text, step: 1, total: null, unit: text } },
      ),
    );
  };
  const page = withText(hostile);
  t.same(shape(page), shape(withText("harmless")), "the same elements with the same attributes");
  const elements = elementsOf(page);
  t.ok(elements.some(({ name, text }) => name === "h1" && text.includes("&#60;img src=x")));
  for (const { attributes } of elements)
    for (const [key, value] of attributes) {
      t.notMatch(key, /^on/);
      if (key === "href") t.notMatch(value, /^\s*javascript:/i);
    }
});

t.test("writeReport writes report.html anew", async (t) => {
  t.equal(await writeReport(run), join(run.path, "report.html"));
  const before = readFileSync(join(run.path, "report.html"), "utf8");
  t.match(before, /<title>made-up · imagefn<\/title>/);
  logMore(run, { phase: "train", step: 31, loss: 0.5 });
  await picture(run, `a class <b>.png`, 40, [1, 2, 3]);
  await writeReport(run);
  const after = readFileSync(join(run.path, "report.html"), "utf8");
  t.match(after, /href="samples\/a%20class%20%3Cb%3E\.png">a class &#60;b&#62;\.png</);
  elementsOf(after);
  writeFileSync(join(run.samples, "broken.png"), "no picture");
  t.ok(readContents(run).pictures.every(({ name }) => name !== "broken.png"));
});
