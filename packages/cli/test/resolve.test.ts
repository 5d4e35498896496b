// From a command line to a configuration: presets, files, overrides and their order.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { presets, resolveConfig } from "@imagefn/runs";
import t from "tap";
import { explain } from "../dist/errors.js";
import type { ConfigRequest } from "../dist/options/configOptions.js";
import { requestLayers } from "../dist/requestLayers.js";

/** As the commands do it. */
const resolved = (request: ConfigRequest, options?: { template?: boolean }) =>
  resolveConfig(request.config, requestLayers(request), options);

const folder = t.testdir();
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

t.test("the default is avatars-tiny for 8 minutes", async (t) => {
  const config = resolved({});
  t.equal(config.name, "avatars-tiny");
  t.equal(config.budget.minutes, 8);
  t.match(config.generator.func, { dim: 128, heads: 8, encoderDepth: 3, decoderDepth: 2, patch: 8 });
  t.match(config.generator.func.inr, { depth: 5, width: 32, groups: 8, peDim: 64, peSigma: 16, outBias: 0 });
  t.match(config.train, {
    grid: "doubling",
    s0: 10,
    s1: 20,
    denoise: 0.55,
    trajectory: "teacher",
    lowest: 0.2,
    parameterisation: "function",
    distance: "l2",
    targetEma: true,
    learningRate: 2e-3,
  });
});

t.test("the paper's presets hold the paper's numbers", async (t) => {
  const paper = (config: string) => resolved({ config, data: "images" });
  t.match(paper("cifar10-paper"), {
    data: { kind: "cifar10", size: 32, classes: true },
    generator: { func: { patch: 4 } },
    pretrain: { steps: "30 epochs", learningRate: 1e-4, targetScale: 1 },
    train: { steps: 400_000, batch: 32, learningRate: 5e-4, decayFrom: 1, mu0: 0.9, grid: "progressive" },
    budget: { minutes: null },
  });
  t.match(paper("celeba64-paper"), {
    data: { size: 64 },
    generator: { func: { patch: 4 } },
    train: { steps: 900_000, mu0: 0.95 },
  });
  t.match(paper("celeba128-paper"), {
    data: { size: 128 },
    generator: { func: { patch: 8 } },
    train: { steps: 900_000 },
  });
  t.match(paper("lsun128-paper"), {
    data: { size: 128 },
    generator: { func: { patch: 8 } },
    train: { clipNorm: 0 },
  });
});

t.test("--generator changes the network and nothing else", (t) => {
  for (const config of Object.keys(presets)) {
    const { generator: first, ...rest } = resolved({ config, data: "images" });
    for (const generator of ["unet", "dit", "uvit"] as const) {
      const other = resolved({ config, data: "images", generator });
      t.same(other, { ...rest, generator: { ...first, kind: generator } }, `${config} ${generator}`);
    }
  }
  t.end();
});

t.test("data that are files need a folder, except in a template", async (t) => {
  try {
    resolved({ config: "celeba64-paper" });
    t.fail("it should not resolve");
  } catch (error) {
    t.match(explain(error).message, /data\.path is missing: .*--data DIR/);
  }
  const template = resolved({ config: "celeba64-paper" }, { template: true });
  t.equal(template.data.path, null);
});

t.test("later layers win: defaults < preset < file < --quick < --set < flags", async (t) => {
  const config = file(
    "my faces.yaml",
    "preset: avatars-tiny\nseed: 1\ntrain: { batch: 16 }\nbudget: { minutes: 5 }\n",
  );
  const seeds = (request: object) => {
    const { seed, train, budget, name } = resolved({ config, ...request });
    return { seed, batch: train.batch, minutes: budget.minutes, learningRate: train.learningRate, name };
  };
  const base = { seed: 1, batch: 16, minutes: 5, learningRate: 2e-3, name: "my-faces" };
  t.same(seeds({}), base);
  t.same(seeds({ quick: true }), { ...base, minutes: 0.5 });
  t.same(seeds({ quick: true, set: ["budget.minutes=7", "seed=2", "seed=3"] }), {
    ...base,
    minutes: 7,
    seed: 3,
  });
  t.same(seeds({ set: ["seed=3"], seed: 4, minutes: 9 }), { ...base, seed: 4, minutes: 9 });
});

t.test("--set takes YAML values, lists and sections too", async (t) => {
  const { data, generator, train, budget, sample } = resolved({
    set: [
      "data.styles=[pixel-art, bottts]",
      "generator.func.inr={width: 64, peSigma: 16}",
      "train.learningRate=3e-3",
      "train.targetEma=true",
      "budget.minutes=null",
      "sample.sizes=[[8, 16]]",
    ],
  });
  t.same(data.styles, ["pixel-art", "bottts"]);
  t.match(generator.func.inr, { width: 64, peSigma: 16, groups: 8 });
  t.match(train, { learningRate: 0.003, targetEma: true });
  t.equal(budget.minutes, null);
  t.same(sample.sizes, [[8, 16]], "lists are replaced, not joined");
});

t.test("--set refuses unknown paths and malformed text as usage errors", async (t) => {
  const refused = (set: string, message: RegExp) => {
    t.throws(() => resolved({ set: [set] }), { name: "UsageError", exitCode: 2, message }, set);
  };
  refused("train.bacth=3", /--set train\.bacth=3: train\.bacth is not a field .*did you mean train\.batch\?/);
  refused("batch=3", /did you mean pretrain\.batch or train\.batch\?/);
  refused("train.batch", /expected FIELD=VALUE/);
  refused("=3", /expected FIELD=VALUE/);
  refused("data.styles=[a", /not valid YAML/);
  t.throws(() => resolved({ set: ["train.batch=x"] }), {
    name: "ImagefnError",
    message: /^--set: train\.batch is "x"/,
  });
});

t.test("--steps trains by steps, and step counts that would be ignored are refused", async (t) => {
  const config = resolved({ steps: 100 });
  t.equal(config.train.steps, 100);
  t.equal(config.budget.minutes, null);
  t.throws(() => resolved({ set: ["train.steps=100"] }), {
    message:
      /^--set: train\.steps has no effect, since preset avatars-tiny sets a time \(budget\.minutes 8\)/,
  });
  const late = file("late.yaml", "preset: avatars-tiny\npretrain: { steps: 100 }\n");
  t.throws(() => resolved({ config: late }), { message: /late\.yaml: pretrain\.steps has no effect/ });
  t.equal(
    resolved({ set: ["pretrain.steps=0"] }).pretrain.steps,
    0,
    "0 turns pre-training off, so it counts",
  );
  t.equal(resolved({ set: ["train.steps=100", "budget.minutes=null"] }).train.steps, 100);
});

t.test("a relative data.path starts at the file it is in; --data at the current folder", async (t) => {
  mkdirSync(join(folder, "sub"));
  const config = file("sub/pictures.yaml", "data: { kind: folder, size: 64, path: ../pictures }\n");
  t.equal(resolved({ config }).data.path, join(folder, "pictures"));
  t.equal(resolved({ config, data: "other" }).data.path, resolve("other"));
  t.equal(resolved({ config, set: ["data.path=third"] }).data.path, resolve("third"));
});

t.test("CONFIG that is no configuration", async (t) => {
  const message = (config: string) => {
    try {
      resolved({ config });
    } catch (error) {
      return explain(error).message;
    }
    return "no error";
  };
  t.match(message("avatar-tiny"), /no preset and no file called avatar-tiny \(did you mean avatars-tiny\?\)/);
  t.match(message(folder), /is a folder .*`imagefn train folder64-tiny --data /);
  t.match(message(dirname(file("config.yaml", "{}\n"))), /is a folder .*--resume/);
  t.match(message(file("empty.yaml", "# nothing\n")), /empty\.yaml contains no configuration: .*got nothing/);
  t.match(message(file("list.yaml", "- 1\n")), /got a list/);
  t.match(message(file("text.yaml", "hello\n")), /got plain text/);
  t.match(
    message(file("broken.yaml", "train:\n  batch: [1\n")),
    /broken\.yaml is not valid YAML: line \d+, column \d+:/,
  );
  t.match(message(file("twice.yaml", "seed: 1\nseed: 2\n")), /twice\.yaml is not valid YAML: line 2/);
  t.match(
    message(file("preset.yaml", "preset: avatars-tny\n")),
    /preset is "avatars-tny" \(did you mean avatars-tiny\?\)/,
  );
  t.match(
    message(file("typo.yaml", "presset: avatars-tiny\ndata: { kind: avatars, size: 32 }\n")),
    /did you mean preset\?/,
  );
});
