// Sample grids and PNG files, pixel by pixel.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type GridOptions, type ImageRows, imageRows, sheet, writePng } from "@imagefn/base";
import { PNG } from "pngjs";
import t from "tap";

const [white, red, blue, dark] = [
  [255, 255, 255],
  [255, 0, 0],
  [0, 0, 255],
  [9, 9, 9],
];

/** A sheet of images in memory, as rows of single letters, to be read by eye. */
const letters = (images: readonly Uint8Array[], options: GridOptions) =>
  lettersOf(
    images.map((image) => imageRows(image, options)),
    options,
  );

async function lettersOf(images: readonly ImageRows[], options: GridOptions): Promise<string[]> {
  const { width, height, rows } = sheet(images, options);
  const parts: Uint8Array[] = [];
  for await (const part of rows) parts.push(part);
  const rgb = Buffer.concat(parts);
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

t.test("images in rows, with padding", async (t) => {
  // Two columns, one row: left red, right blue.
  const pair = new Uint8Array([...red, ...blue]);
  const bytes = new Uint8Array([...blue, ...blue]);
  const options = { width: 2, height: 1, columns: 2, padding: 1 };
  t.same(await letters([pair, bytes, pair], options), [
    ".......",
    ".RB.BB.",
    ".......",
    ".RB....",
    ".......",
  ]);
  t.same(await letters([bytes], { ...options, columns: 1, background: [9, 9, 9] }), ["####", "#BB#", "####"]);
  t.same(await letters([bytes], { ...options, columns: 1, padding: 0 }), ["BB"]);
});

t.test("by default the sheet is about square and the padding 2", async (t) => {
  const bytes = new Uint8Array(32 * 32 * 3);
  const square = { width: 32, height: 32 };
  const whole = sheet(Array(64).fill(imageRows(bytes, square)), square);
  t.same([whole.width, whole.height], [8 * 34 + 2, 8 * 34 + 2]);
  const flat = { width: 2, height: 1 };
  const wide = sheet(Array(5).fill(imageRows(new Uint8Array(6), flat)), flat);
  t.same([wide.width, wide.height], [3 * 4 + 2, 2 * 3 + 2]);
});

t.test("enlargement repeats pixels", async (t) => {
  const pair = new Uint8Array([...red, ...blue]);
  t.same(await letters([pair], { width: 2, height: 1, padding: 0, scale: 2 }), ["RRBB", "RRBB"]);
  t.same(await letters([pair], { width: 2, height: 1, padding: 1, scale: 2 }), [
    ...Array(2).fill("........"),
    ...Array(2).fill("..RRBB.."),
    ...Array(2).fill("........"),
  ]);
});

t.test("images come in pieces of any number of rows, a band at a time, and are closed", async (t) => {
  const events: string[] = [];
  const image = (name: string, colour: number[], pieces: number[]): ImageRows =>
    async function* () {
      events.push(`${name} opens`);
      try {
        for (const rows of pieces) yield Uint8Array.from(Array(rows).fill(colour).flat());
      } finally {
        events.push(`${name} closes`);
      }
    };
  const images = [image("a", red, [2, 1]), image("b", blue, [1, 1, 1]), image("c", dark, [3])];
  t.same(await lettersOf(images, { width: 1, height: 3, columns: 2, padding: 0 }), [
    ..."RB,RB,RB".split(","),
    ..."#.,#.,#.".split(","),
  ]);
  t.same(events.slice(0, 2), ["a opens", "b opens"], "the second band waits");
  t.equal(events.filter((event) => event.endsWith("closes")).length, 3);
  await t.rejects(lettersOf([image("d", red, [1])], { width: 1, height: 3 }), {
    message: /grid image ended at row 1 \(expected 3 rows\)/,
  });
});

t.test("an image of another size is refused", async (t) => {
  t.throws(() => imageRows(new Uint8Array(3), { width: 2, height: 1 }), {
    message: /grid image has 3 bytes \(expected 1 x 2 x 3 = 6\)/,
  });
});

/** Pixels that suit each of PNG's filters: noise, stripes both ways, a slope and a plane. */
function pixels(width: number, height: number): Uint8Array {
  const kinds = [
    (x: number, y: number, c: number) => (x * 37 + y * 101 + c * 53 + x * y * 17) % 256,
    (x: number) => (x % 7) * 36,
    (_: number, y: number) => (y % 5) * 51,
    (x: number, y: number, c: number) => (x + y + c * 10) % 256,
    () => 77,
  ];
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return kinds[y % kinds.length](x, y, i % 3);
  });
}

t.test("a PNG file reads back as the same pixels, however they were cut", async (t) => {
  const dir = t.testdir();
  for (const [width, height] of [
    [5, 3],
    [1, 1],
    [301, 200],
  ]) {
    const rgb = pixels(width, height);
    const whole = join(dir, "whole.png");
    await writePng(whole, { width, height }, [rgb]);
    const png = PNG.sync.read(readFileSync(whole), { checkCRC: true });
    t.same([png.width, png.height], [width, height]);
    t.ok(Buffer.from(png.data.filter((_, i) => i % 4 !== 3)).equals(rgb), `${width} x ${height}`);
    const cut = join(dir, "cut.png");
    await writePng(cut, { width, height }, rowByRow(rgb, width));
    t.ok(readFileSync(cut).equals(readFileSync(whole)), "the same pixels give the same file");
  }
  t.same(readdirSync(dir).sort(), ["cut.png", "whole.png"]);
});

async function* rowByRow(rgb: Uint8Array, width: number) {
  for (let at = 0; at < rgb.length; at += width * 3) yield rgb.subarray(at, at + width * 3);
}

t.test("a picture that fails half-way leaves nothing behind", async (t) => {
  const dir = t.testdir();
  const path = join(dir, "a.png");
  const size = { width: 5, height: 3 };
  const rgb = pixels(5, 3);
  await t.rejects(writePng(path, size, [rgb.subarray(15)]), { message: /do not add up.*5 x 3/ });
  await t.rejects(writePng(path, size, [rgb, rgb]), { message: /do not add up/ });
  async function* failing() {
    yield rgb.subarray(15);
    throw new Error("the engine broke");
  }
  await t.rejects(writePng(path, size, failing()), { message: "the engine broke" });
  t.same(readdirSync(dir), []);
});
