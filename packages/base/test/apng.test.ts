// Animated PNG files: their chunks by the specification, the first frame for programs without animations, and wrong counts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, inflateSync } from "node:zlib";
import { writeApng } from "@imagefn/base";
import t from "tap";

const size = { width: 2, height: 3 };
const frame = (value: number) => [new Uint8Array(18).fill(value)];

/** The chunks of a file, each with a right checksum. */
function chunksOf(bytes: Buffer): { type: string; data: Buffer }[] {
  const chunks = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + length);
    t.equal(bytes.readUInt32BE(at + 8 + length), crc32(bytes.subarray(at + 4, at + 8 + length)), type);
    chunks.push({ type, data });
    at += length + 12;
  }
  return chunks;
}

t.test("frames are numbered, shown for 1/fps seconds, and hold their pixels", async (t) => {
  const path = join(t.testdir(), "a.png");
  await writeApng(path, { ...size, frames: 3, fps: 25 }, [frame(10), frame(20), frame(30)]);
  const chunks = chunksOf(readFileSync(path));
  // Compressed data arrive in several chunks.
  const types = chunks.map(({ type }) => type);
  t.same(
    types.filter((type, i) => type !== types[i - 1]),
    ["IHDR", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND"],
  );
  const hex = (i: number) => chunks[i].data.toString("hex");
  t.equal(hex(1), "0000000300000000", "three frames, without end");
  // Number, width, height, left, top, 1/25 s, replaced and not blended.
  t.equal(hex(2), "00000000 00000002 00000003 00000000 00000000 0001 0019 0000".replaceAll(" ", ""));
  const numbered = chunks.filter(({ type }) => type === "fcTL" || type === "fdAT");
  t.same(
    numbered.map(({ data }) => data.readUInt32BE(0)),
    numbered.map((_, i) => i),
    "one sequence",
  );
  for (const [i, value] of [10, 20, 30].entries()) {
    const begin = types.flatMap((type, at) => (type === "fcTL" ? at : []))[i] + 1;
    const own = chunks.slice(begin, begin + types.slice(begin).findIndex((type) => !/DAT$|dAT$/.test(type)));
    const rows = inflateSync(Buffer.concat(own.map(({ data }) => (i === 0 ? data : data.subarray(4)))));
    t.equal(rows.length, 3 * 7);
    // The filters of the first row take nothing from above: its first pixel is the value itself.
    t.equal(rows[1], value);
  }
});

t.test("more or fewer frames than there should be leave no file", async (t) => {
  const path = join(t.testdir(), "a.png");
  for (const frames of [1, 3])
    await t.rejects(writeApng(path, { ...size, frames, fps: 25 }, [frame(1), frame(2)]), {
      message: `base: the frames of an animation do not add up (expected ${frames})`,
    });
  t.throws(() => readFileSync(path), { code: "ENOENT" });
});
