// Names of files and folders in messages, names that are not UTF-8, and notes of others in statistics.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePng } from "@imagefn/base";
import { imageFolder } from "@imagefn/datasets";
import { evaluate, findWeights, missingWeights, readStatistics, writeNpz } from "@imagefn/metrics";
import { engine } from "@imagefn/ops";
import t from "tap";
import { folderSource } from "../dist/evaluation/folderSource.js";
import { openImages } from "../dist/evaluation/openImages.js";

const HOSTILE = "a\u001b[2J\nimagefn: all is well\u202e";
const skip = process.platform === "win32" && "such names cannot be made";
const isPlain = (text: string) => !/[\p{Cc}\u202e]/u.test(text);
const messageOf = (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => "no error",
    (error: Error) => error.message,
  );

t.test("names that would steer a terminal are quoted in messages", { skip }, async (t) => {
  const home = t.testdir();
  const empty = join(home, HOSTILE);
  mkdirSync(empty);
  const run = join(home, `${HOSTILE}-run`);
  mkdirSync(run);
  writeFileSync(join(run, "config.yaml"), "");
  const { engine: chosen } = await engine({ name: "onnx", threads: 1 });
  const texts = [
    await messageOf(folderSource(empty)),
    await messageOf(openImages("samples", join(home, `${HOSTILE}-missing`))),
    await messageOf(openImages("samples", run)),
    await messageOf(
      evaluate({ samples: empty, engine: { engine: chosen, why: "" }, metrics: [HOSTILE as never] }),
    ),
    missingWeights(await findWeights("vgg16", { folders: [empty] })),
  ];
  for (const text of texts) {
    t.not(text, "no error");
    t.ok(isPlain(text), JSON.stringify(text));
    t.match(text, /\\u001b\[2J\\nimagefn/);
  }
});

t.test(
  "pictures whose names are not UTF-8 are measured",
  { skip: process.platform !== "linux" && "the file system takes no such names" },
  async (t) => {
    const folder = t.testdir();
    const latin = Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.of(0xe9), Buffer.from(".png")]);
    await writePng(join(folder, "1.png"), { width: 8, height: 8 }, [new Uint8Array(192).fill(0x12)]);
    renameSync(join(folder, "1.png"), latin);
    t.equal((await imageFolder({ path: folder, size: 8, cache: false })).count, 1, "as in training");
    const source = await folderSource(folder);
    t.same(source.named?.names, ["caf\\xE9.png"]);
    for (const batches of [source.batches(1), source.named!.pick([0])])
      for await (const { shape, data } of batches) {
        t.same(shape, [1, 3, 8, 8]);
        t.equal(data[0], 0x12);
      }
  },
);

t.test("a note in statistics that is not ours is left aside", async (t) => {
  const folder = t.testdir();
  const path = join(folder, "a.npz");
  const array = (shape: number[], value: number) => ({
    shape,
    data: new Float64Array(shape.reduce((a, b) => a * b, 1)).fill(value),
  });
  const cases: [text: string, note: object][] = [
    ["null", {}],
    ["5", {}],
    ["[1]", {}],
    ["not JSON", {}],
    ['{"network":{"toString":1},"resize":7,"count":"many","source":1}', { source: 1 }],
    ['{"network":"x","resize":"y","count":4}', { network: "x", resize: "y", count: 4 }],
  ];
  for (const [text, note] of cases) {
    const bytes = new TextEncoder().encode(text);
    writeFileSync(
      path,
      writeNpz([
        ["mu", array([2], 0)],
        ["sigma", array([2, 2], 1)],
        ["imagefn_note", { shape: [bytes.length], data: bytes }],
      ]),
    );
    t.same(readStatistics(path).note, note, text);
  }
});
