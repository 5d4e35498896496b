// What the tests of packed files do in a process of its own: to be killed, and to have its memory measured.
import { closeSync, ftruncateSync, openSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { avatars, batchIndices, imageFolder, readBatch, readImage } from "@imagefn/datasets";
import { encodeHead, recordBytes } from "../dist/_packedHead.js";
import { openPacked } from "../dist/_packedRead.js";
import { prepare } from "../dist/cache.js";

const [task, folder] = process.argv.slice(2);
const report = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
const megabytes = () => process.resourceUsage().maxRSS / 1024;

if (task === "draw") {
  await avatars({
    count: 400,
    size: 64,
    memory: 0,
    cacheFolder: folder,
    onProgress: (done) => report({ done }),
  });
}

/** 200,000 images of 128 x 128, of which only those exist that are read. */
if (task === "read") {
  const about = { name: "large", size: 128, count: 200_000, classes: [], warnings: [] };
  const stride = recordBytes(about.size);
  const head = encodeHead("key", about);
  const file = join(folder, "large.bin");
  const fd = openSync(file, "w");
  writeSync(fd, head, 0, head.length, 0);
  ftruncateSync(fd, head.length + about.count * stride);
  const batches = Array.from({ length: 30 }, (_, step) =>
    batchIndices({ seed: 0, step, batch: 32, count: about.count }),
  );
  const record = Buffer.alloc(stride);
  for (const i of batches.flatMap((indices) => [...indices])) {
    record.fill(i % 251, 0, stride - 4);
    record.writeUInt32LE(crc32(record.subarray(0, stride - 4)), stride - 4);
    writeSync(fd, record, 0, stride, head.length + i * stride);
  }
  const set = openPacked(file, "key", 2 ** 29)!;
  let right = 0;
  const start = performance.now();
  for (const indices of batches) {
    const images = readBatch(set, indices);
    const byte = (b: number) => Math.round((images[b * (stride - 4)] + 1) * 127.5);
    right += indices.filter((i, b) => byte(b) === i % 251).length;
  }
  report({ right, megabytes: megabytes(), seconds: (performance.now() - start) / 1000 });
}

/** 200 MB of images, made one at a time. */
if (task === "build") {
  const before = megabytes();
  const about = { name: "made", size: 128, count: 4000, classes: [], warnings: [] };
  const image = async (i: number) => new Uint8Array(3 * 128 * 128).fill(i % 256);
  const set = await prepare("made", {}, { cacheFolder: folder, memory: 2 ** 24 }, () => ({
    ...about,
    image,
  }));
  report({ last: set.images.at(3999)[0], megabytes: megabytes() - before });
}

/** A folder of large pictures. */
if (task === "folder") {
  const { count } = await imageFolder({ path: folder, size: 32, cache: false });
  report({ count, megabytes: megabytes() });
}

/** All pictures of a folder, asked for at once. */
if (task === "pictures") {
  const images = await Promise.allSettled(
    readdirSync(folder).map(async (name) => (await readImage(join(folder, name))).width),
  );
  const failed = images.find(({ status }) => status === "rejected");
  if (failed) console.error(failed);
  report({ count: images.filter(({ status }) => status === "fulfilled").length, megabytes: megabytes() });
}

/** A folder that is read when hardly any more files may be opened. */
if (task === "starve") {
  const held: number[] = [];
  try {
    for (;;) held.push(openSync(folder, "r"));
  } catch {
    closeSync(held.pop()!);
  }
  const outcome = await imageFolder({ path: folder, size: 8, cache: false, skipBroken: true }).then(
    ({ count }) => `${count} images`,
    (error: Error) => error.message,
  );
  closeSync(held.pop()!);
  report({ outcome });
}
