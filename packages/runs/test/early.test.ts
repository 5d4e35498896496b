// What can be known before the first step is refused before it, and lengths that changed are not ignored.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { openRun, type Progress, resolveConfig, train } from "@imagefn/runs";
import t from "tap";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const at = (name: string) => join(home, name);

t.test("batches and weights are checked before pre-training", async (t) => {
  let tries = 0;
  const early = async (config: object, expected: { code: string; message?: RegExp }) => {
    const phases = new Set<string>();
    const out = at(`early-${tries++}`);
    const onProgress = ({ phase }: Progress) => phases.add(phase);
    await t.rejects(train({ ...tiny, ...config }, { out, onProgress }), expected);
    t.notOk(phases.has("pretrain"), "no step was trained");
    t.notOk(existsSync(out));
  };
  await early(
    { train: { ...tiny.train, batch: 61 } },
    { code: "invalid-data", message: /^train\.batch is 61, but there are 60 training images/ },
  );
  await early(
    { pretrain: { steps: 4, batch: 64 } },
    { code: "invalid-data", message: /^pretrain\.batch is 64, but there are 60/ },
  );
  const weights = process.env.IMAGEFN_WEIGHTS;
  process.env.IMAGEFN_WEIGHTS = "";
  await early({ train: { ...tiny.train, distance: "lpips" } }, { code: "missing-weights" });
  if (weights === undefined) delete process.env.IMAGEFN_WEIGHTS;
  else process.env.IMAGEFN_WEIGHTS = weights;
});

t.test("a length that was edited after training is refused", async (t) => {
  const run = await train(tiny, { out: at("length") });
  const path = join(run.path, "config.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replace(/(\ntrain:\n(?: {2}.*\n)*? {2}steps: )6/, "$160"));
  await t.rejects((await openRun(run.path)).resume(), {
    code: "other-settings",
    message: /^train\.steps is 60 in config\.yaml, but this run has 6 steps/,
    details: { path: run.path, field: "train.steps" },
  });
});

t.test("a configuration file in UTF-16, with a tilde, or with names of prototypes", async (t) => {
  const text = "preset: folder64-tiny\ndata: { path: ~/pictures }\n";
  const paths = [
    ["utf8", Buffer.from(text)],
    ["utf8-bom", Buffer.from(`\ufeff${text}`)],
    ["utf16le", Buffer.from(`\ufeff${text}`, "utf16le")],
    ["utf16be", Buffer.from(`\ufeff${text}`, "utf16le").swap16()],
  ] as const;
  for (const [name, bytes] of paths) {
    writeFileSync(at(`${name}.yaml`), bytes);
    t.equal(resolveConfig(at(`${name}.yaml`)).data.path, join(homedir(), "pictures"), name);
  }
  for (const evil of ["__proto__: { seed: 5 }", "train: { __proto__: { batch: 5 } }", '"__proto__": [1]']) {
    writeFileSync(at("evil.yaml"), `preset: avatars-tiny\n${evil}\n`);
    t.throws(
      () => resolveConfig(at("evil.yaml")),
      { code: "invalid-config", message: /__proto__ is not a field/ },
      evil,
    );
  }
  writeFileSync(at("circular.yaml"), "preset: avatars-tiny\ntrain: &a { self: *a }\n");
  t.throws(() => resolveConfig(at("circular.yaml")), {
    code: "invalid-config",
    message: /train\.self is not a field/,
  });
  const object = JSON.parse('{ "train": { "__proto__": { "batch": 5 } } }');
  const message = /__proto__ is not a field/;
  t.throws(() => resolveConfig({ preset: "avatars-tiny", ...object }), { code: "invalid-config", message });
  t.throws(() => resolveConfig("avatars-tiny", [{ source: "a layer", values: object }]), {
    message: /^a layer: __proto__/,
  });
  t.equal(({} as { seed?: number }).seed, undefined, "no prototype was changed");
});

t.test("of thousands of unknown fields a few are named", async (t) => {
  const fields = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`field${i}`, i]));
  try {
    resolveConfig({ preset: "avatars-tiny", ...fields });
    t.fail("they are refused");
  } catch (error) {
    t.match((error as Error).message, /field19 is not a field[\s\S]*and 19980 more that are not fields\.$/);
  }
});
