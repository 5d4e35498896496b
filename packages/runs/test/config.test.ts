// The configuration schema: defaults, what it refuses and how it says so.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ImagefnError } from "@imagefn/base";
import { configFields, configYaml, fieldTable, presets, resolveConfig, stepCount } from "@imagefn/runs";
import t from "tap";
import { parse } from "yaml";
import { requireDataPath } from "../dist/config/checks.js";
import { parseConfig } from "../dist/config/layers.js";

const minimal = { data: { kind: "avatars", size: 32 } };

/** The message of the error that a configuration gives; the one layer is called `my.yaml`. */
function messageOf(values: Record<string, unknown>): string {
  try {
    parseConfig([{ source: "my.yaml", values }]);
  } catch (error) {
    if (error instanceof ImagefnError) return error.message;
    throw error;
  }
  return "no error";
}

t.test("a minimal configuration gets the paper's values", async (t) => {
  const config = parseConfig([{ source: "my.yaml", values: minimal }]);
  t.equal(config.generator.kind, "func");
  t.match(config.generator.func, {
    dim: 768,
    heads: 12,
    encoderDepth: 8,
    decoderDepth: 6,
    patch: 4,
  });
  t.match(config.generator.func.inr, {
    depth: 5,
    width: 256,
    groups: 64,
    peDim: 128,
    peSigma: 1024,
    outBias: 0,
  });
  t.match(config.generator.func.inr, { weights: "grouped", generatedBiases: false });
  t.match(config.generator.unet, {
    channels: 256,
    multipliers: [1, 2, 3, 4],
    blocks: 2,
    attention: [32, 16, 8],
    headChannels: 64,
    groups: 32,
    scaleShift: false,
  });
  t.match(config.generator.dit, { depth: 15, dim: 768, heads: 12 });
  t.match(config.generator.uvit, { depth: 15, dim: 768, heads: 12 });
  t.match(config.train, { batch: 32, optimizer: "radam", learningRate: 5e-4, s0: 2, s1: 150, mu0: 0.95 });
  t.match(config.pretrain, { steps: "30 epochs", learningRate: 1e-4, decayAt: 0.8, decayFactor: 0.1 });
  t.equal(config.budget.minutes, null);
});

t.test("unknown keys are refused with the nearest field", async (t) => {
  t.match(
    messageOf({ ...minimal, train: { bacth: 3 } }),
    /^my\.yaml: train\.bacth is not a field .*did you mean train\.batch\?/,
  );
  t.match(
    messageOf({ ...minimal, batch: 3 }),
    /batch is not a field .*did you mean pretrain\.batch or train\.batch\?/,
  );
  t.match(
    messageOf({ ...minimal, generator: { func: { inr: { peSigm: 3 } } } }),
    /did you mean generator\.func\.inr\.peSigma\?/,
  );
  t.match(messageOf({ ...minimal, zzzzzzzz: 1 }), /zzzzzzzz is not a field of the configuration\.$/);
});

t.test("wrong types and ranges say what was got and what is expected", async (t) => {
  const cases: [Record<string, unknown>, string][] = [
    [{ train: { batch: "lots" } }, 'train.batch is "lots"; expected a whole number from 1 to 65536'],
    [{ train: { batch: 0 } }, "train.batch is 0; expected a whole number from 1 to 65536"],
    [{ train: { batch: 1.5 } }, "train.batch is 1.5; expected a whole number"],
    [{ train: { targetEma: "yes" } }, 'train.targetEma is "yes"; expected true or false'],
    [{ train: { optimizer: "radm" } }, "(did you mean radam?); expected one of radam, adam"],
    [
      { train: { emaRates: [0.9999, 1] } },
      "train.emaRates.1 is 1; expected a list of numbers between 0 and 1",
    ],
    [{ train: 5 }, "train is 5; expected a section with fields of its own: consistency training"],
    [{ seed: 2 ** 32 }, "seed is 4294967296; expected a whole number from 0 to 4294967295"],
    [
      { pretrain: { steps: "30 epcohs" } },
      'pretrain.steps is "30 epcohs"; expected a number of steps, or passes',
    ],
    [{ sample: { sizes: [[32]] } }, "sample.sizes.0 is [32]; expected a list of [width, height] pairs"],
    [{ sample: { sizes: [[32, 0]] } }, "sample.sizes.0.1 is 0; expected a list of [width, height] pairs"],
    [{ budget: { minutes: 0 } }, "budget.minutes is 0; expected a number of minutes from 0.01, or null"],
    [{ name: "a/b" }, 'name is "a/b"; expected letters, digits'],
  ];
  for (const [values, expected] of cases) {
    const message = messageOf({ ...minimal, ...values });
    t.ok(message.startsWith("my.yaml: ") && message.includes(expected), `${expected} <- ${message}`);
  }
});

t.test("what has no default is asked for", async (t) => {
  t.match(messageOf({}), /data is missing; expected a section/);
  t.match(messageOf({ data: { size: 32 } }), /data\.kind is missing; expected one of avatars, emoji, mnist/);
});

t.test("all problems are listed at once, each with the layer it comes from", async (t) => {
  const layers = [
    { source: "preset p", values: { ...minimal, seed: -1 } },
    { source: "my.yaml", values: { train: { batch: "x", s1: 5 } } },
    { source: "--set", values: { train: { batch: 8, s1: "y" } } },
  ];
  t.throws(() => parseConfig(layers), {
    message: /2 problems:\n {2}- preset p: seed is -1; .*\n {2}- --set: train\.s1 is "y"; .*$/,
  });
});

t.test("rules between fields", async (t) => {
  const inr = (values: object) => ({ ...minimal, generator: { func: { inr: values } } });
  const cases: [Record<string, unknown>, RegExp][] = [
    [
      { ...minimal, generator: { func: { patch: 5 } } },
      /generator\.func\.patch is 5, which does not divide data\.size 32/,
    ],
    [
      { ...minimal, generator: { func: { heads: 7 } } },
      /generator\.func\.heads is 7, which does not divide generator\.func\.dim 768/,
    ],
    [
      { ...minimal, generator: { func: { dim: 18, heads: 3 } } },
      /generator\.func\.dim is 18, which is no multiple of 4/,
    ],
    [
      inr({ width: 100, groups: 64 }),
      /generator\.func\.inr\.groups is 64, but the hidden layers .* 100 outputs/,
    ],
    [inr({ width: 256, groups: 2 }), /generator\.func\.inr\.groups is 2, but the last layer .* 3 outputs/],
    [inr({ peDim: 33 }), /generator\.func\.inr\.peDim is 33, which is odd/],
    [{ ...minimal, train: { s0: 200 } }, /train\.s0 is 200, above train\.s1 150/],
    [
      { ...minimal, sample: { ema: 0.5 } },
      /sample\.ema is 0\.5, which is not in train\.emaRates \[0\.9999, 0\.999\]/,
    ],
    [{ data: { ...minimal.data, heldOut: 4000 } }, /data\.heldOut is 4000, which leaves none of the 4000/],
    [
      { data: { ...minimal.data, classes: true } },
      /data\.classes is true, but data\.styles names a single style/,
    ],
    [
      { ...minimal, generator: { kind: "unet", unet: { multipliers: [1, 1, 1, 1, 1, 1, 1] } } },
      /generator\.unet\.multipliers has 7 levels, and data\.size 32 cannot be halved 6 times/,
    ],
    [
      { ...minimal, generator: { kind: "unet", unet: { channels: 32 } } },
      /generator\.unet\.headChannels is 64, which does not divide the 32 channels of level 1/,
    ],
    [
      { ...minimal, generator: { kind: "uvit", uvit: { depth: 4 } } },
      /generator\.uvit\.depth is 4, an even number/,
    ],
    [{ ...minimal, generator: { kind: "dit", dit: { patch: 5 } } }, /generator\.dit\.patch is 5/],
    [{ data: { kind: "cifar10", path: "x", size: 64 } }, /data\.size is 64, but CIFAR-10 images are 32 x 32/],
  ];
  for (const [values, expected] of cases) t.match(messageOf(values), expected);
});

t.test("groups may exceed the outputs of a layer, and 1 always divides", async (t) => {
  for (const [width, groups] of [
    [32, 64],
    [32, 8],
    [48, 3],
    [7, 1],
  ]) {
    t.equal(
      messageOf({ ...minimal, generator: { func: { inr: { width, groups, peDim: 20 } } } }),
      "no error",
    );
  }
});

t.test("a number of epochs becomes steps, rounded up", async (t) => {
  t.equal(stepCount("30 epochs", { images: 162_770, batch: 32 }), 152_597);
  t.equal(stepCount("1 epoch", { images: 10, batch: 4 }), 3);
  t.equal(stepCount("0.5 epochs", { images: 100, batch: 10 }), 5);
  t.equal(stepCount(250, { images: 100, batch: 10 }), 250);
});

t.test("every field has a description and says what it takes", async (t) => {
  const fields = configFields().filter((field) => !field.section);
  t.ok(fields.length > 50);
  for (const field of fields) {
    t.ok(
      field.description.length > 3 && !field.description.includes("\n"),
      `${field.path}: ${field.description}`,
    );
    t.not(field.expected, "a section with fields of its own", field.path);
  }
  t.match(
    fieldTable(),
    /\| `train\.batch` \| `32` \| a whole number from 1 to 65536 \| images per step \|\n\| `train\.optimizer`/,
  );
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  t.ok(readme.includes(fieldTable()), "README.md holds what `imagefn config --fields` prints");
  t.match(fieldTable(), "| `data.kind` | (required) |");
});

t.test("the YAML of a configuration reads back as the same configuration", async (t) => {
  const config = parseConfig([{ source: "my.yaml", values: { ...minimal, seed: 2 ** 32 - 1, name: "1e3" } }]);
  const text = configYaml(config, ["Command: imagefn train", "two\nlines"]);
  t.ok(text.startsWith("# Command: imagefn train\n# two lines\n"));
  t.match(text, "  batch: 32 # images per step\n");
  t.match(text, "  sizes: [[32, 32], [64, 64], [128, 128], [96, 160]] # sizes to render");
  t.same(parseConfig([{ source: "again", values: parse(text) }]), config);
});

t.test("every preset is a sound configuration with its own name and a description", async (t) => {
  t.same(Object.keys(presets), [
    "avatars-tiny",
    "avatars-styles-tiny",
    "emoji-tiny",
    "mnist-tiny",
    "cifar10-tiny",
    "landscapes64-tiny",
    "celeba64-tiny",
    "celeba128-tiny",
    "lsun128-tiny",
    "folder64-tiny",
    "avatars-small",
    "cifar10-paper",
    "celeba64-paper",
    "celeba128-paper",
    "lsun128-paper",
  ]);
  for (const [name, { description, config }] of Object.entries(presets)) {
    t.equal(parseConfig([{ source: name, values: config }]).name, name);
    t.ok(description.length > 20, description);
    t.equal(
      /LPIPS/.test(description),
      name.endsWith("-paper"),
      "the paper's presets say that they need LPIPS's weights",
    );
  }
});

t.test("a template may leave the path of its data out, and does not run without it", async (t) => {
  const template = resolveConfig("celeba64-paper", [], { template: true });
  t.equal(template.data.path, null);
  t.throws(() => requireDataPath(template), { code: "missing-data-path", details: { kind: "celeba" } });
});

t.test("merge keys of YAML take the fields of another mapping, and cannot smuggle any in", (t) => {
  const folder = t.testdir();
  const file = join(folder, "my.yaml");
  const resolved = (text: string) => {
    writeFileSync(file, text);
    return resolveConfig(file);
  };
  const { pretrain, train } = resolved(
    "preset: avatars-tiny\npretrain: &short { batch: 8, learningRate: 0.003 }\ntrain: { <<: *short, batch: 4 }\n",
  );
  t.match(pretrain, { batch: 8, learningRate: 0.003 });
  t.match(train, { batch: 4, learningRate: 0.003 }, "its own field wins");
  t.equal(
    resolved("<<: [{ seed: 3 }, { seed: 4 }]\npreset: avatars-tiny\n").seed,
    3,
    "the first of a list wins",
  );
  const refused: [text: string, message: RegExp][] = [
    ["pretrain: &a { __proto__: { batch: 7 } }\ntrain: { <<: *a }\n", /__proto__ is not a field/],
    ["train: { <<: { __proto__: { batch: 7 } } }\n", /__proto__ is not a field/],
    ["train: { <<: { bach: 7 } }\n", /train\.bach is not a field/],
    ["train: { <<: 5 }\n", /not valid YAML: the value of a merge key \(<<\) is not a mapping/],
    ["train: { <<: [5] }\n", /the value of a merge key/],
    ["train: &a\n  <<: *a\n  batch: 1\n", /not valid YAML: its aliases contain each other or multiply/],
    ["seed: *nothing\n", /not valid YAML: Unresolved alias .*: nothing/],
    ["train: &a { batch: *a }\n", /train\.batch is /],
  ];
  for (const [text, message] of refused)
    t.throws(() => resolved(`preset: avatars-tiny\n${text}`), { code: "invalid-config", message }, text);
  t.end();
});
