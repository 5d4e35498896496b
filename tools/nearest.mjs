// Pictures of a run, and below each the training picture nearest to it: whether a run repeats what it has seen.
//   node tools/nearest.mjs RUN FOLDER OUT.png
// FOLDER has pictures of the training size (imagefn sample RUN --separate --size 64 --count 12 --out FOLDER); the first
// twelve are shown. Near is by the mean squared difference of all pixels; training pictures are also compared mirrored.
import { imageRows, sheet, writePng } from "../packages/base/dist/index.js";
import { listImages, readBytes, readImage } from "../packages/datasets/dist/index.js";
import { loadData, openRun } from "../packages/runs/dist/index.js";

const [path, folder, out] = process.argv.slice(2);
if (!out) throw new Error("usage: node tools/nearest.mjs RUN FOLDER OUT.png");
const { config } = await openRun(path);
const { train } = await loadData(config, () => {});
const { size } = train;
const values = 3 * size * size;

/** The same picture [3, size, size] mirrored. */
const mirror = (bytes) => bytes.map((_, i) => bytes[i - (i % size) + size - 1 - (i % size)]);

/** The mean squared difference, or a number above `limit`. */
function difference(a, b, limit) {
  let sum = 0;
  for (let i = 0; i < values && sum <= limit * values; i++) sum += (a[i] - b[i]) ** 2;
  return sum / values;
}

const files = (await listImages(folder)).slice(0, 12);
const pictures = [];
for (const file of files) {
  const { width, height, data } = await readImage(file.path);
  if (width !== size || height !== size)
    throw new Error(`${file.relative} is ${width} x ${height} (expected ${size} x ${size})`);
  pictures.push(data);
}
const best = pictures.map(() => ({ distance: Infinity, data: undefined }));
for (let n = 0; n < train.count; n++) {
  const bytes = readBytes(train, [n]);
  for (const data of config.data.flip ? [bytes, mirror(bytes)] : [bytes])
    for (const [i, picture] of pictures.entries()) {
      const distance = difference(picture, data, best[i].distance);
      if (distance < best[i].distance) best[i] = { distance, data };
    }
}
for (const [i, { distance }] of best.entries())
  console.log(`${files[i].relative}: ${Math.sqrt(distance).toFixed(1)} of 255 from the nearest`);

const shown = [...pictures, ...best.map(({ data }) => data)].map((data) => {
  const pixels = Uint8Array.from(
    { length: values },
    (_, i) => data[(i % 3) * size * size + Math.floor(i / 3)],
  );
  return imageRows(pixels, { width: size, height: size });
});
const drawn = sheet(shown, { width: size, height: size, columns: pictures.length });
await writePng(out, drawn, drawn.rows);
