// Class names and numbers: long and hostile names in files and messages, labels that do not fit.
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { writePng } from "@imagefn/base";
import { engineOf, openRun, openTrained, type SampleRequest, type Size, sampler, train } from "@imagefn/runs";
import t from "tap";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const windows = process.platform === "win32";
// Two that differ only where a file's name has no room left.
const names = [
  `${"b".repeat(254)}1`,
  `${"b".repeat(254)}2`,
  windows ? "c" : "c\u001b[2J\nimagefn: all is well\u202e",
];
for (const [n, name] of names.entries()) {
  mkdirSync(join(home, "pictures", name), { recursive: true });
  for (let i = 0; i < 4; i++)
    await writePng(join(home, "pictures", name, `${i}.png`), { width: 16, height: 16 }, [
      new Uint8Array(768).fill(60 * n + i),
    ]);
}
const messages: string[] = [];
const run = await train(
  { ...tiny, data: { kind: "folder", path: join(home, "pictures"), size: 16, classes: true } },
  { out: join(home, "run"), isolate: false, onMessage: (text) => messages.push(text) },
);

t.test(
  "classes whose names are as long as a file's may be are drawn and exported, each into its own files",
  async (t) => {
    const options = { count: 1, sizes: [[16, 16] as Size], saveFunctions: true };
    const drawn = await Promise.all(
      [0, 1, 2].map((number) => run.draw({ ...options, class: names[number] })),
    );
    const files = drawn.map(([path]) => basename(path));
    t.equal(new Set(files).size, 3, files.join(" "));
    for (const [k, file] of files.entries()) {
      t.ok(file.length < 200, file);
      t.match(file, new RegExp(`-class${k}-[A-Za-z0-9._-]+-16x16\\.png$`));
    }
    const exported = await run.export({ what: "function", class: names[1] });
    t.ok(basename(exported.path).length < 200);
  },
);

t.test("names that would steer a terminal are quoted in messages", async (t) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
  const raw = /[\u0000-\u001f\u007f-\u009f\u202e]/;
  await t.rejects(run.sample({ class: "dog\u001b[2J" }), { code: "not-in-run", message: /"dog\\u001b\[2J"/ });
  const error = await run.sample({ class: "dog\u001b[2J" }).catch((error: unknown) => error);
  t.notMatch(String(error), raw);
  for (const text of messages) t.notMatch(text, raw);
});

t.test("labels are an array or a typed array of class numbers, one for each sample", async (t) => {
  const trained = await openTrained(run.path, {});
  const { engine } = await engineOf(run.config);
  const own = await sampler(engine, trained.generator, trained.weights, { parameterisation: "skip" });
  t.teardown(() => own.dispose());
  const samples = (labels?: unknown) =>
    own
      .samples({ count: 2, seed: 0, labels: labels as SampleRequest["labels"] })
      .then((all) => JSON.stringify(all));
  const expected = await samples([2, 1]);
  for (const labels of [Int32Array.of(2, 1), Float32Array.of(2, 1), Uint8Array.of(2, 1)])
    t.equal(await samples(labels), expected, labels.constructor.name);
  t.not(await samples([0, 1]), expected);
  const refused: [labels: unknown, message: RegExp][] = [
    [[0, 3], /^labels: number 1 is 3 \(expected a whole number from 0 to 2\)$/],
    [[-1, 0], /number 0 is -1/],
    [[0, 0.5], /number 1 is 0\.5/],
    [Float32Array.of(0, Number.NaN), /number 1 is NaN/],
    [["0", "1"], /number 0 is "0"/],
    [[0], /^labels holds 1 class numbers \(expected 2, one for each sample\)$/],
    [[0, 1, 2], /holds 3/],
    [undefined, /^labels is undefined \(expected 2 class numbers from 0 to 2\)$/],
    ["01", /^labels is "01"/],
    [{ length: 2 }, /^labels is \{"length":2\}/],
    [null, /^labels is null/],
    [new DataView(new ArrayBuffer(2)), /^labels is /],
  ];
  for (const [labels, message] of refused)
    await t.rejects(samples(labels), { code: "invalid-option", message, details: { option: "labels" } });
});

t.test("a run without classes takes no labels", async (t) => {
  const plain = await train(tiny, { out: join(home, "plain"), isolate: false });
  const trained = await openTrained(plain.path, {});
  const { engine } = await engineOf((await openRun(plain.path)).config);
  const own = await sampler(engine, trained.generator, trained.weights, { parameterisation: "skip" });
  t.teardown(() => own.dispose());
  t.equal((await own.samples({ count: 1, seed: 0 })).length, 1);
  await t.rejects(own.samples({ count: 1, seed: 0, labels: [0] }), {
    code: "invalid-option",
    message: "labels is [0] (expected none, since the generator was trained without classes)",
  });
});
