// The table and the figures of docs/guidance.md: distance, precision and recall of a run's samples by the scale of guidance.
//   node tools/guidance.mjs RUN [OUT] [COUNT] [STEPS]
// RUN has classes that are avatar styles, and was trained with train.labelDropout. The distance is the Frechet distance over
// nsfwjs's Inception of COUNT samples, 300 as if left out, in STEPS steps, 1 as if left out, from 1,000 avatars that no run of
// another seed has seen. OUT-curve.png and OUT-classes.png are the figures: a row for each class, four samples at each of three scales.
import { imageRows, sheet, writeAtomic, writePng } from "../packages/base/dist/index.js";
import { chart } from "../packages/experiments/dist/figure/chart.js";
import { rasterize } from "../packages/experiments/dist/figure/raster.js";
import * as inr from "../packages/inr/dist/index.js";
import {
  dataSource,
  extract,
  frechetDistance,
  nsfwjsNetwork,
  precisionRecall,
} from "../packages/metrics/dist/index.js";
import {
  engineOf,
  loadData,
  multistepLevels,
  openRun,
  openTrained,
  runSource,
} from "../packages/runs/dist/index.js";

const [path, out, count = "300", steps = "1"] = process.argv.slice(2);
if (!path) throw new Error("usage: node tools/guidance.mjs RUN [OUT] [COUNT] [STEPS]");
const SCALES = [0, 0.5, 1, 1.5, 2, 3, 4];
const SHOWN = [1, 2, 4];
const OTHER_SEED = 4_000_000_000;
const run = await openRun(path);
const trained = await openTrained(path, {});
const { config } = run;
const { engine } = await engineOf(config);
const { network } = await nsfwjsNetwork();
const { train } = await loadData(
  { ...config, seed: OTHER_SEED, data: { ...config.data, count: 1000, heldOut: 0 } },
  () => {},
);
const featuresOf = (source, n) =>
  extract(engine, network, source, n, { statistics: ["pool"], kept: ["pool"] }, () => {});
const real = await featuresOf(dataSource(train), 1000);
const levels = multistepLevels(Number(steps), config.train);

const rows = [];
console.log("| scale | Fréchet distance | precision | recall |\n| --: | --: | --: | --: |");
for (const scale of SCALES) {
  const source = runSource(engine, trained, config.seed, levels, scale);
  const made = await featuresOf(source, Number(count));
  const distance = frechetDistance(real.statistics.pool, made.statistics.pool);
  const { precision, recall } = await precisionRecall(real.kept.pool, made.kept.pool);
  rows.push({ scale, distance, precision, recall });
  const shown = [distance.toFixed(3), precision.toFixed(2), recall.toFixed(2)];
  console.log(`| ${[scale, ...shown].join(" | ")} |`);
}

if (out) {
  const panel = (title, names) => ({
    title,
    width: 300,
    height: 220,
    data: {
      values: rows.flatMap((row) => names.map((name) => ({ scale: row.scale, name, value: row[name] }))),
    },
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "scale", type: "quantitative", title: "scale of guidance" },
      y: { field: "value", type: "quantitative", title: null, scale: { zero: true } },
      color: { field: "name", type: "nominal", title: null, ...(names.length > 1 ? {} : { legend: null }) },
    },
  });
  const svg = await chart({
    resolve: { scale: { color: "independent" } },
    hconcat: [
      panel("Fréchet distance", ["distance"]),
      panel("precision and recall", ["precision", "recall"]),
    ],
  });
  await writeAtomic(`${out}-curve.png`, rasterize(svg, 1.5));

  const side = 2 * config.data.size;
  const images = [];
  for (const name of trained.classes)
    for (const guidance of SHOWN)
      for (const fn of await run.sample({ count: 4, class: name, guidance })) {
        const { data } = await inr.render(fn, { width: side, height: side, engine: "simd", clamp: true });
        images.push(imageRows(inr.planesToBytes(data), { width: side, height: side }));
      }
  const grid = sheet(images, { width: side, height: side, columns: 4 * SHOWN.length });
  await writePng(`${out}-classes.png`, grid, grid.rows);
}
