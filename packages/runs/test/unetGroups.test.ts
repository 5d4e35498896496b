// U-Nets trained before the groups of their normalisation were a setting: resumed where 32 is what they had, else refused.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors, writeSafetensors } from "@imagefn/ops";
import { listCheckpoints, openRun, presets, resolveConfig, train } from "@imagefn/runs";
import t from "tap";
import { abortAt, tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();

/** A stopped run of a U-Net, with the architecture in its checkpoint as it was written before. */
async function oldRun(name: string, unet: object) {
  const config = { ...tiny, generator: { kind: "unet" as const, unet }, train: { ...tiny.train, steps: 2 } };
  const stop = abortAt(({ phase }) => phase === "train");
  const run = await train(config, { out: join(home, name), isolate: false, ...stop });
  const { path } = listCheckpoints(run).at(-1)!;
  const { tensors, metadata } = readSafetensors(readFileSync(path));
  const { groups, ...architecture } = JSON.parse(metadata.architecture);
  writeFileSync(path, writeSafetensors(tensors, { ...metadata, architecture: JSON.stringify(architecture) }));
  return { run, groups };
}

t.test("a narrow network had groups of four channels, which no setting gives: refused by name", async (t) => {
  const { run, groups } = await oldRun("narrow", tiny.generator.unet);
  t.equal(groups, 2, "today it is in the checkpoint");
  const refused = {
    code: "other-settings",
    message:
      /another network than config\.yaml describes \(groups a quarter of the channels of each layer, now 2\)/,
  };
  await t.rejects((await openRun(run.path)).images({ count: 1 }), refused);
  await t.rejects(run.resume({ isolate: false }), refused);
});

t.test("a wide network had 32", async (t) => {
  const unet = { channels: 128, multipliers: [1], blocks: 1, attention: [], headChannels: 64 };
  const { run, groups } = await oldRun("wide", unet);
  t.equal(groups, 32, "the default");
  const { finished } = await run.resume({ isolate: false });
  t.ok(finished);
});

t.test("an old config.yaml without groups is told what fits", async (t) => {
  const { groups: _, ...unet } = tiny.generator.unet;
  t.throws(() => resolveConfig({ ...tiny, generator: { kind: "unet", unet } }), {
    message:
      /generator\.unet\.groups is 32, which does not divide the 8 channels of the first layer: choose a divisor, as 2/,
  });
});

t.test("presets have 32 groups where their widths allow it", async (t) => {
  for (const preset of Object.keys(presets)) {
    const { unet } = resolveConfig({ preset, data: { path: "pictures" } }).generator;
    t.equal(unet.groups, unet.channels % 32 === 0 ? 32 : 4, preset);
  }
});
