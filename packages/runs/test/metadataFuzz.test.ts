// Metadata of checkpoints, image functions and logs that lack entries or hold rubbish: an error that says so, never a crash.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { ImagefnError } from "@imagefn/base";
import { readSafetensors, type SafetensorsFile, writeSafetensors } from "@imagefn/ops";
import { exportFunctionFile, listCheckpoints, openRun, openTrained, readLog, train } from "@imagefn/runs";
import t, { type Test } from "tap";
import { readCheckpoint } from "../dist/folder/checkpoint.js";
import { checkSettings } from "../dist/folder/settings.js";
import { abortAt, tiny } from "./tiny.js";

t.setTimeout(280_000);
const home = t.testdir();
const stopped = await train(tiny, {
  out: join(home, "run"),
  isolate: false,
  ...abortAt(({ phase, step }) => phase === "train" && step === 3),
});
const checkpoint = listCheckpoints(stopped).at(-1)!.path;
const original = readFileSync(checkpoint);
const { metadata } = readSafetensors(original);

/** What may stand in place of a value of JSON. */
const rubbish: readonly unknown[] = [
  ...[null, true, -1, 1.5, 1e300, "", "x", [], [null], {}, { length: 1e9 }],
  ...[{ toString: 1 }, { constructor: null, valueOf: 1 }, "\u001b[2J\nimagefn: done", "9".repeat(400)],
];

/** What may stand in place of a text. */
const texts = [
  "",
  "x",
  "null",
  "[]",
  "{}",
  "0",
  "[[",
  '{"a":',
  '"\\u0000"',
  '{"__proto__":{"x":1}}',
  "\u0000",
];

/** Each key of a value, at every depth, as a path. */
function paths(value: unknown, prefix: readonly string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [...prefix, key],
    ...paths(inner, [...prefix, key]),
  ]);
}

/** A copy of a value with another one at a path, or none. */
function changed(value: unknown, path: readonly string[], to?: { value: unknown }): unknown {
  const copy = structuredClone(value) as Record<string, unknown>;
  const parent = path.slice(0, -1).reduce((inner, key) => inner[key] as Record<string, unknown>, copy);
  const last = path.at(-1)!;
  if (to) parent[last] = to.value;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}

/** A file with other metadata, and a checksum that fits unless that is what was changed. */
function write(path: string, from: Uint8Array, edit: (file: SafetensorsFile) => void): void {
  const file = readSafetensors(from);
  const { checksum } = file.metadata;
  edit(file);
  const { tensors, metadata } = file;
  if (checksum !== undefined && metadata.checksum === checksum) {
    const crc = [...tensors.keys()]
      .sort()
      .reduce(
        (sum, name) => crc32(new Uint8Array(tensors.get(name)!.data.buffer), sum),
        crc32(metadata.position ?? ""),
      );
    metadata.checksum = crc.toString(16).padStart(8, "0");
  }
  writeFileSync(path, writeSafetensors(tensors, metadata));
}

/** A code, and a message for people: one paragraph without what a terminal would obey. */
const isPlain = (error: unknown): boolean =>
  error instanceof ImagefnError &&
  error.code.length > 0 &&
  !/Cannot |is not (a function|iterable)|"undefined"|not valid JSON|Unexpected|\[object/.test(
    error.message,
  ) &&
  !/[\p{Cc}]/u.test(error.message);

/** What reading the checkpoint ends with; undefined where it holds all that is needed. */
async function outcome(edit: (file: SafetensorsFile) => void): Promise<unknown> {
  write(checkpoint, original, edit);
  try {
    const run = await openRun(stopped.path);
    if (typeof run.finished !== "boolean") throw new TypeError("finished is no boolean");
    checkSettings(run, await readCheckpoint(run), { accepted: false });
    await openTrained(stopped.path, {});
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Fails for an error that is not ours. */
function fits(t: Test, what: string, error: unknown): boolean {
  if (error === undefined || isPlain(error)) return true;
  t.fail(what, { found: String((error as Error)?.stack ?? error) });
  return false;
}

t.test("each entry of a checkpoint's metadata, absent or rubbish", async (t) => {
  t.same(Object.keys(metadata).sort(), ["architecture", "checksum", "format", "position", "version"]);
  t.equal(await outcome(() => {}), undefined, "the checkpoint itself can be read");
  for (const key of Object.keys(metadata)) {
    const absent = await outcome(({ metadata }) => delete metadata[key]);
    fits(t, `without ${key}`, absent);
    if (key === "version") continue;
    t.match(absent, { code: "damaged-checkpoint", details: { checkpoint } }, `without ${key}`);
    t.ok((absent as Error).message.includes(checkpoint), "the file is named");
    t.match((absent as Error).message, /Remove this file to resume from the previous checkpoint/);
    if (key !== "format") t.match((absent as Error).message, new RegExp(`metadata lacks ${key}`));
    for (const text of texts) {
      const error = await outcome(({ metadata }) => {
        metadata[key] = text;
      });
      t.ok(error, `${key} is ${JSON.stringify(text)}`);
      fits(t, `${key} is ${JSON.stringify(text)}`, error);
    }
  }
});

for (const key of ["position", "architecture"] as const)
  t.test(`each value in a checkpoint's ${key}, absent or rubbish`, async (t) => {
    const value: object = JSON.parse(metadata[key]);
    let refused = 0;
    const all = paths(value);
    for (const path of all)
      for (const to of [undefined, ...rubbish.map((one) => ({ value: one }))]) {
        const error = await outcome((file) => {
          file.metadata[key] = JSON.stringify(changed(value, path, to));
        });
        fits(t, `${path.join(".")}: ${to ? JSON.stringify(to.value) : "absent"}`, error);
        if (error) refused++;
      }
    t.ok(refused > 10 * all.length, `${refused} refused of ${all.length * (rubbish.length + 1)}`);
  });

t.test("the missing value is named", async (t) => {
  const position: object = JSON.parse(metadata.position);
  for (const field of ["phase", "step", "pretrainSteps", "trainSteps", "seconds", "classes"]) {
    const error = await outcome((file) => {
      file.metadata.position = JSON.stringify(changed(position, [field]));
    });
    t.match(error, { code: "damaged-checkpoint", message: new RegExp(`position\\.${field} is missing`) });
  }
});

t.test("names in a checkpoint that a terminal would obey are escaped", async (t) => {
  const evil = "\u001b[2J\nimagefn: done\u007f\u009b";
  for (const edit of [
    (file: SafetensorsFile) => {
      file.metadata.architecture = JSON.stringify({ ...JSON.parse(metadata.architecture), [evil]: 1 });
    },
    (file: SafetensorsFile) => {
      file.metadata.architecture = JSON.stringify({
        ...JSON.parse(metadata.architecture),
        inr: { [evil]: 1 },
      });
    },
    ({ tensors }: SafetensorsFile) => tensors.set(evil, { shape: [1], data: new Float32Array(1) }),
  ]) {
    const error = await outcome(edit);
    t.match(error, { message: /\\u001b\[2J/ });
    fits(t, String(edit), error);
  }
});

t.test("arrays of a checkpoint that are absent or have another shape", async (t) => {
  for (const name of [...readSafetensors(original).tensors.keys()].filter((_, i) => i % 5 === 0)) {
    const absent = await outcome(({ tensors }) => tensors.delete(name));
    t.match(absent, { code: "damaged-checkpoint" }, `without ${name}`);
    const shorter = await outcome(({ tensors }) =>
      tensors.set(name, { shape: [1], data: new Float32Array(1) }),
    );
    t.match(shorter, { code: "damaged-checkpoint" }, `${name} of one number`);
  }
});

t.test("metadata of an image function file", async (t) => {
  const path = join(home, "function.safetensors");
  const out = join(home, "function.onnx");
  const [fn] = await (async () => {
    writeFileSync(checkpoint, original);
    return (await openRun(stopped.path)).sample({ count: 1 });
  })();
  const { saveImageFunction } = await import("@imagefn/inr");
  const whole = saveImageFunction(fn);
  const { metadata } = readSafetensors(whole);
  const exported = async (edit: (file: SafetensorsFile) => void) => {
    write(path, whole, edit);
    return exportFunctionFile(path, { out, size: [4, 4] }).then(
      () => undefined,
      (error: unknown) => error,
    );
  };
  t.equal(await exported(() => {}), undefined);
  for (const key of ["format", "version", "architecture", "scale"]) {
    const absent = await exported(({ metadata }) => delete metadata[key]);
    t.match(absent, { code: "invalid-data", details: { path } }, `without ${key}`);
    for (const text of texts.filter((text) => text !== (key === "scale" ? "0" : metadata[key]))) {
      const error = await exported(({ metadata }) => {
        metadata[key] = text;
      });
      t.ok(error, `${key} is ${JSON.stringify(text)}`);
      fits(t, `${key} is ${JSON.stringify(text)}`, error);
    }
  }
  const architecture: object = JSON.parse(metadata.architecture);
  for (const path of paths(architecture))
    for (const to of [undefined, ...rubbish.map((value) => ({ value }))])
      fits(
        t,
        `${path.join(".")}: ${JSON.stringify(to?.value)}`,
        await exported((file) => {
          file.metadata.architecture = JSON.stringify(changed(architecture, path, to));
        }),
      );
});

t.test("lines of a log that are JSON, but not entries", async (t) => {
  const path = join(home, "log.jsonl");
  for (const line of ["null", "5", '"x"', "[]", "true", "\u001b[2J"]) {
    writeFileSync(path, `{"step":1}\n${line}\n`);
    try {
      readLog(path);
      t.fail(line);
    } catch (error) {
      t.match(error, { code: "invalid-data", details: { path, line: 2 } });
      fits(t, line, error);
    }
  }
});
