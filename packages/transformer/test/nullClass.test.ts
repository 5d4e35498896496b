// The label for no class: one more row of the table of classes, which changes nothing else.
import { type HostArray, leaves, onnxEngine } from "@imagefn/ops";
import {
  cmFunc,
  dit,
  ditRecord,
  funcRecord,
  type ImageGenerator,
  uvit,
  uvitRecord,
} from "@imagefn/transformer";
import t from "tap";
import { awake, images, size, tiny, tinyDit, tinyUvit } from "./tiny.js";

const engine = await onnxEngine({ threads: 1 });
const kinds: [name: string, make: (nullClass?: boolean) => ImageGenerator<object, unknown>][] = [
  ["CM-Func", (nullClass) => cmFunc({ ...tiny, classes: 3, nullClass }, size)],
  ["DiT", (nullClass) => dit({ ...tinyDit, classes: 3, nullClass }, size)],
  ["U-ViT", (nullClass) => uvit({ ...tinyUvit, classes: 3, nullClass }, size)],
];
const labels = (...data: number[]) => ({ labels: { shape: [2], data: Float32Array.from(data) } });

for (const [name, make] of kinds)
  t.test(name, async (t) => {
    const [plain, extended] = [make(), make(true)];
    t.equal(plain.nullLabel, undefined);
    t.same([extended.classes, extended.nullLabel], [3, 3]);
    const arrays = (generator: typeof plain) => new Map(leaves<HostArray>(awake(generator)));
    const [before, after] = [arrays(plain), arrays(extended)];
    t.same([...after.keys()], [...before.keys()]);
    for (const [path, { shape, data }] of after) {
      const was = before.get(path)!;
      if (path !== "labels") t.same(data, was.data, path);
      else {
        t.same(shape, [4, was.shape[1]]);
        t.same(data.subarray(0, was.data.length), was.data, "the rows of the classes are the same");
      }
    }
    const params = awake(extended);
    const ofNone = await images(engine, extended, params, labels(3, 0));
    const ofClasses = await images(engine, extended, params, labels(1, 0));
    const half = ofNone.length / 2;
    t.not(ofNone.subarray(0, half).join(), ofClasses.subarray(0, half).join());
    t.same(ofNone.subarray(half), ofClasses.subarray(half), "the other image is the same");
    t.same(ofClasses, await images(engine, plain, awake(plain), labels(1, 0)), "and so are those of classes");
  });

t.test("records make it of the data's classes, and of no others", async (t) => {
  const about = { size: [8, 8], classes: 3, nullClass: true } as const;
  for (const record of [funcRecord, ditRecord, uvitRecord]) {
    const made = (classes: number) =>
      record.make(record.defaults as never, { ...about, classes }) as ImageGenerator<object, unknown>;
    t.equal(made(3).nullLabel, 3, record.name);
    t.equal(made(0).nullLabel, undefined, record.name);
  }
});
