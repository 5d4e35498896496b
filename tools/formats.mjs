// The table and the figure of docs/formats.md: bytes of image functions in each format, and how near their pictures stay.
//   node tools/formats.mjs [OUT.png]
// The functions are samples 0 to 15 of seed 0 of the run in packages/avatars-model, drawn at 64 x 64 and 256 x 256. The figure
// has four of them: a row for each format, below the first their differences, 16 times as large, on grey.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { avatars } from "../packages/avatars-model/dist/index.js";
import { imageRows, sheet, writePng } from "../packages/base/dist/index.js";
import * as inr from "../packages/inr/dist/index.js";
import { openRun } from "../packages/runs/dist/index.js";

const [out] = process.argv.slice(2);
const SHOWN = [0, 1, 2, 3];
const SIDE = 128;
const run = await openRun(fileURLToPath(avatars));
const functions = await run.sample({ count: 16, seed: 0, threads: 1 });

/** The function that a shader of so many bits draws: weights rounded, all else as it is. */
const ofBits = (fn, bits) => {
  const most = 2 ** (bits - 1) - 1;
  return {
    ...fn,
    layers: fn.layers.map(({ weight: { shape, data }, bias }) => {
      const [, outputs] = shape;
      const scales = Array.from({ length: outputs }, (_, j) =>
        data.reduce((top, w, i) => (i % outputs === j ? Math.max(top, Math.abs(w) / most) : top), 0),
      );
      const rounded = data.map((w, i) => Math.round(w / scales[i % outputs]) * scales[i % outputs]);
      return { weight: { shape, data: rounded }, bias };
    }),
  };
};

const file = (precision) => ({
  name: `.safetensors, ${precision}`,
  bytes: (fn) => inr.saveImageFunction(fn, { precision }),
  read: (_, bytes) => inr.loadImageFunction(bytes),
});
const shader = (bits) => ({
  name: `.glsl, ${bits} bits`,
  bytes: (fn) => new TextEncoder().encode(inr.imageFunctionShader(fn, { bits })),
  read: (fn) => ofBits(fn, bits),
});
const formats = [...inr.precisions.map(file), ...[8, 6, 5, 4].map(shader)];

const draw = async (fn, side) =>
  (await inr.render(fn, { width: side, height: side, engine: "simd", clamp: true })).data;
const mean = (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

console.log("| format | bytes | with gzip | PSNR at 64 x 64 | at 256 x 256 | the worst of 16 |");
console.log("| --- | --: | --: | --: | --: | --: |");
const rows = [];
for (const { name, bytes, read } of formats) {
  const files = functions.map((fn) => bytes(fn));
  const back = functions.map((fn, i) => read(fn, files[i]));
  const decibels = [];
  for (const side of [64, 256]) {
    const own = [];
    for (const [i, fn] of functions.entries())
      own.push(inr.psnr(await draw(fn, side), await draw(back[i], side)));
    decibels.push(own);
  }
  const size = (list) => Math.round(mean(list.map(({ length }) => length))).toLocaleString("en");
  const [small, large] = decibels;
  const shown = [mean(small), mean(large), Math.min(...small, ...large)].map((x) =>
    Number.isFinite(x) ? `${x.toFixed(1)} dB` : "exact",
  );
  console.log(`| ${[name, size(files), size(files.map((one) => gzipSync(one))), ...shown].join(" | ")} |`);
  if (["float32", "int8", "4 bits"].some((part) => name.endsWith(part))) rows.push(back);
}

if (out) {
  const images = [];
  for (const [row, back] of rows.entries()) {
    const planes = [];
    for (const i of SHOWN) planes.push([await draw(functions[i], SIDE), await draw(back[i], SIDE)]);
    images.push(...planes.map(([, own]) => own));
    if (row > 0) images.push(...planes.map(([exact, own]) => own.map((x, k) => 16 * (x - exact[k]))));
  }
  const size = { width: SIDE, height: SIDE };
  const drawn = sheet(
    images.map((planes) => imageRows(inr.planesToBytes(Float32Array.from(planes)), size)),
    { ...size, columns: SHOWN.length },
  );
  await writePng(out, drawn, drawn.rows);
}
