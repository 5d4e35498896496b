// Sample grids and PNG files, pixel by pixel.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { encodePng, sampleGrid, toBytes, writePng } from "imagefn";
import { PNG } from "pngjs";
import t from "tap";

const [white, red, blue, dark] = [
  [255, 255, 255],
  [255, 0, 0],
  [0, 0, 255],
  [9, 9, 9],
];

/** The pixels of a picture as rows of single letters, to be read by eye. */
function letters({ width, height, rgb }: { width: number; height: number; rgb: Uint8Array }): string[] {
  const names = new Map([
    [String(white), "."],
    [String(red), "R"],
    [String(blue), "B"],
    [String(dark), "#"],
  ]);
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => {
      const start = (row * width + column) * 3;
      return names.get(String([...rgb.subarray(start, start + 3)])) ?? "?";
    }).join(""),
  );
}

t.test("bytes are floor(clamp((s + 1) * 127.5, 0, 255))", async (t) => {
  const values = [-1, 1, 0, -2, 2, 0.999, -0.9921875, 0.5, Number.NaN];
  // Three planes of three values: channel c of pixel p is values[c * 3 + p].
  t.same([...toBytes(new Float32Array(values))], [0, 0, 0, 255, 255, 191, 127, 254, 0]);
  t.equal(toBytes(new Float32Array([127 / 127.5 - 1, 0, 0]))[0], 127, "float32 arithmetic");
});

t.test("images in rows, with padding", async (t) => {
  // Two columns, one row: left red, right blue.
  const planar = new Float32Array([1, -1, -1, -1, -1, 1]);
  const bytes = new Uint8Array([...blue, ...blue]);
  const options = { width: 2, height: 1, columns: 2, padding: 1 };
  t.same(letters(sampleGrid([planar, bytes, planar], options)), [
    ".......",
    ".RB.BB.",
    ".......",
    ".RB....",
    ".......",
  ]);
  t.same(letters(sampleGrid([bytes], { ...options, columns: 1, background: [9, 9, 9] })), [
    "####",
    "#BB#",
    "####",
  ]);
  t.same(letters(sampleGrid([bytes], { ...options, columns: 1, padding: 0 })), ["BB"]);
});

t.test("by default the sheet is about square and the padding 2", async (t) => {
  const bytes = new Uint8Array(32 * 32 * 3);
  const sheet = sampleGrid(Array(64).fill(bytes), { width: 32, height: 32 });
  t.same([sheet.width, sheet.height], [8 * 34 + 2, 8 * 34 + 2]);
  const wide = sampleGrid(Array(5).fill(new Uint8Array(6)), { width: 2, height: 1 });
  t.same([wide.width, wide.height], [3 * 4 + 2, 2 * 3 + 2]);
});

t.test("enlargement repeats pixels", async (t) => {
  const planar = new Float32Array([1, -1, -1, -1, -1, 1]);
  const sheet = sampleGrid([planar], { width: 2, height: 1, padding: 0, scale: 2 });
  t.same(letters(sheet), ["RRBB", "RRBB"]);
});

t.test("an image of another size is refused", async (t) => {
  t.throws(() => sampleGrid([new Float32Array(3)], { width: 2, height: 1 }), {
    message: /grid image 0 has 3 values \(expected 3 x 1 x 2 = 6\)/,
  });
});

t.test("a PNG file reads back as the same pixels, and the same pixels give the same file", async (t) => {
  const rgb = Uint8Array.from({ length: 5 * 3 * 3 }, (_, index) => (index * 37) % 256);
  const dir = t.testdir();
  await writePng(join(dir, "a.png"), { width: 5, height: 3, rgb });
  t.same(readdirSync(dir), ["a.png"]);
  const file = readFileSync(join(dir, "a.png"));
  t.same(Buffer.from(encodePng({ width: 5, height: 3, rgb })), file);
  const png = PNG.sync.read(file);
  t.same([png.width, png.height], [5, 3]);
  t.same(
    [...png.data].filter((_, index) => index % 4 !== 3),
    [...rgb],
  );
});
