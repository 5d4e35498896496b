// What each experiment trains, at both scales.
import { basename } from "node:path";
import t from "tap";
import { trainingSeconds } from "../dist/reproduce/duration.js";
import { experiments } from "../dist/reproduce/experiments/index.js";
import type { Measured } from "../dist/reproduce/measured.js";
import { recipesOf } from "../dist/reproduce/recipes.js";
import { runPlace } from "../dist/reproduce/runs.js";
import { tableMarkdown } from "../dist/tables.js";

const named = (name: string) => experiments.find((one) => one.name === name)!;

t.test("every claim is about something that its experiment trains", async (t) => {
  const recipes = recipesOf({ scale: "tiny" });
  for (const experiment of experiments) {
    const contenders = await experiment.contenders(recipes);
    const labels = contenders.map(({ label }) => label);
    t.same(labels, [...new Set(labels)], `${experiment.name}: labels differ`);
    t.ok(
      contenders.length > 0 && experiment.claims.length > 0 && experiment.measures.length > 0,
      experiment.name,
    );
    for (const { config, label } of contenders)
      t.ok(
        "missing" in config ? label === "LPIPS" : config.budget.minutes === null,
        `${label} is trained by steps`,
      );
    // Nothing measured is no reason to fail, and decides nothing but definitions.
    const nothing = Object.fromEntries(
      labels.map((label): [string, Measured] => [label, { missing: "weights missing" }]),
    );
    const judged = experiment.claims.map(({ judge }) => judge(nothing, "tiny").verdict);
    t.ok(
      experiment.claims.every(({ text }, i) => judged[i] === "undecided" || /fewer parameters/.test(text)),
      `${experiment.name}: ${judged}`,
    );
    for (const table of experiment.tables(nothing, "tiny")) t.ok(tableMarkdown(table).includes("| --- |"));
  }
});

t.test("at the paper's scale every experiment has its data and the paper's networks", async (t) => {
  const data = { cifar10: "cifar", celeba: "faces", church: "church", classroom: "classroom" };
  const recipes = recipesOf({ scale: "paper", data });
  for (const experiment of experiments)
    for (const { config, label } of await experiment.contenders(recipes)) {
      if ("missing" in config) {
        t.equal(label, "LPIPS", `${experiment.name}: ${config.missing}`);
        continue;
      }
      const { kind } = config.generator;
      const width = kind === "unet" ? config.generator.unet.channels : config.generator[kind].dim;
      t.equal(width, kind === "unet" ? 256 : 768, `${experiment.name} ${label}`);
    }
  const celeba = recipes.run({ kind: "unet" });
  if ("missing" in celeba) throw new Error("no data");
  t.equal(trainingSeconds(celeba, "paper") / 3600, 302.5, "as long as the paper says");
  const none = recipesOf({ scale: "paper" });
  const [, two] = await Promise.all(["efficiency", "multires"].map((name) => named(name).contenders(none)));
  t.ok(two.every(({ config }) => "missing" in config));
});

t.test("the same configuration is one run, whichever experiment asks for it", async (t) => {
  const recipes = recipesOf({
    scale: "tiny",
    steps: 5,
    layers: [{ source: "a test", values: { data: { count: 200 } } }],
  });
  const of = async (name: string, label: string) =>
    (await named(name).contenders(recipes)).find((one) => one.label === label)!.config;
  const base = await of("pretraining", "with pre-training");
  t.same(await of("beyond", "base"), base);
  t.same(await of("quality", "CM-Func 16 px"), base);
  t.same(await of("interpolation", "beyond the training size"), base);
  t.match(base, { train: { steps: 5 }, pretrain: { steps: 5 }, data: { count: 200 } });
  t.notSame(await of("pretraining", "without pre-training"), base);
  const paper = recipesOf({ scale: "paper", data: { celeba: "faces" } });
  const celeba = paper.run({});
  t.match(celeba, {
    train: { steps: 900_000, distance: "lpips", batch: 32 },
    data: { kind: "celeba", size: 64 },
  });
  t.match(paper.run({ data: "cifar10" }), { missing: /data\.cifar10/ });
  t.end();
});

t.test("in equal time: steps by what they cost, and a teacher that is one of the runs", async (t) => {
  for (const [scale, data] of [
    ["tiny", {}],
    ["paper", { celeba: "faces" }],
  ] as const) {
    const contenders = await named("beyond").contenders(recipesOf({ scale, data }));
    const of = (label: string) => {
      const { config } = contenders.find((one) => one.label === label)!;
      if ("missing" in config) throw new Error(config.missing);
      return config;
    };
    const base = Number(of("base").train.steps);
    // Half of the steps of these denoise, and cost three quarters of the others.
    const units = (base * 7) / 6;
    const close = (label: string, steps: number) =>
      t.ok(Math.abs(Number(of(label).train.steps) / steps - 1) < 0.01, `${scale} ${label}`);
    close("in isolation", units * 0.75);
    close("ECT", base);
    close("diffusion", 0.6 * units);
    close("diffusion, then distilled", 0.2 * units);
    const [teacher, student] = [of("diffusion"), of("diffusion, then distilled")];
    t.match(student, {
      pretrain: { steps: 0 },
      train: { objective: "distill", parameterisation: "function" },
    });
    t.equal(student.train.teacher, basename(runPlace("", teacher)), "by name, wherever the results are");
    t.match(teacher.train, { objective: "diffusion", distance: "l2", trajectory: "data" });
    const order = contenders.map(({ config }) => config);
    t.ok(order.indexOf(teacher) < order.indexOf(student), "it is trained before");
    t.equal(contenders.find(({ label }) => label === "ECT, two steps")?.config, of("ECT"));
  }
});
