// Held-out pictures of a run with `data.detail`, and what pre-trained runs make of the same pictures at `data.size`.
//   node tools/reconstructions.mjs OUT RUN RUN ..
// Writes OUT/pictures and a folder for each run, OUT/NAME, with as many files, and OUT/sheet.png: six pictures above, and
// below them those of each run. All runs have the same data; pictures and functions are drawn at the last run's `data.detail`.
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { imageRows, sheet, writePng } from "../packages/base/dist/index.js";
import { readBatch } from "../packages/datasets/dist/index.js";
import { planesToBytes, renderBytes, splitBatch } from "../packages/inr/dist/index.js";
import { mul, onnxEngine, program, random, unflatten } from "../packages/ops/dist/index.js";
import { readCheckpoint } from "../packages/runs/dist/folder/checkpoint.js";
import { loadData, openRun } from "../packages/runs/dist/index.js";
import { networkOf } from "../packages/runs/dist/sampling/network.js";
import { weightsOf } from "../packages/runs/dist/sampling/weights.js";
import { generate } from "../packages/transformer/dist/index.js";

const [out, ...paths] = process.argv.slice(2);
if (paths.length === 0) throw new Error("usage: node tools/reconstructions.mjs OUT RUN RUN ..");
const [BATCH, SHOWN] = [16, 6];
const engine = await onnxEngine({ threads: 1 });
const runs = await Promise.all(paths.map((path) => openRun(path)));
const { config } = runs.at(-1);
const side = config.data.detail;
if (side === null) throw new Error(`data.detail of ${paths.at(-1)} is null (expected a side)`);
const { test } = await loadData(config, () => {});
const count = BATCH * Math.floor(test.count / BATCH);

/** Pictures [side, side, 3], written to a folder; the first ones are those of the sheet. */
async function write(name, pictures) {
  const folder = join(out, name);
  mkdirSync(folder, { recursive: true });
  for (const [i, pixels] of pictures.entries())
    await writePng(join(folder, `${String(i).padStart(4, "0")}.png`), { width: side, height: side }, [
      pixels,
    ]);
  return pictures.slice(0, SHOWN).map((pixels) => imageRows(pixels, { width: side, height: side }));
}

/** The image functions of a batch of images, as after pre-training: without the encoder. */
async function functionsOf(run) {
  const generator = networkOf(run.config, 0);
  const { state } = await readCheckpoint(run);
  const params = unflatten(generator.init(random(0)), weightsOf(state, run.config, "online"));
  const { inr } = generator.config;
  const whole = program(
    { state: { params }, inputs: { images: [BATCH, ...generator.shape] } },
    (state, inputs) => {
      // In units of sigmaData.
      const x = mul(inputs.images, 2);
      const layers = generate(generator.config, state.params, x, undefined, { skipEncoder: true });
      const parts = layers.flatMap(({ weight, bias }, l) => [
        [`weight${l}`, weight],
        [`bias${l}`, bias],
      ]);
      return { outputs: Object.fromEntries(parts) };
    },
  );
  const runnable = await engine.compile(whole, { params });
  return async (images) => {
    const found = await runnable.run({ images });
    const layers = Array.from({ length: inr.depth }, (_, l) => ({
      weight: found[`weight${l}`],
      bias: found[`bias${l}`],
    }));
    return splitBatch(inr, layers, { scale: 1 / run.config.pretrain.targetScale });
  };
}

const originals = Array.from({ length: count }, (_, i) => {
  const { side: own, data } = test.larger.at(i);
  if (own !== side) throw new Error(`picture ${i} has ${own} pixels (expected ${side})`);
  return planesToBytes(Float32Array.from(data, (v) => v / 127.5 - 1));
});
const shown = await write("pictures", originals);
for (const run of runs) {
  const functions = await functionsOf(run);
  const pictures = [];
  for (let first = 0; first < count; first += BATCH) {
    const indices = Array.from({ length: BATCH }, (_, i) => first + i);
    for (const fn of await functions(readBatch(test, indices))) {
      const { data } = await renderBytes(fn, { width: side, height: side });
      pictures.push(data.filter((_, i) => i % 4 < 3));
    }
  }
  shown.push(...(await write(basename(run.path), pictures)));
}
const drawn = sheet(shown, { width: side, height: side, columns: SHOWN });
await writePng(join(out, "sheet.png"), drawn, drawn.rows);
