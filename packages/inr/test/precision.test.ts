// Files of float16 and int8: their sizes, how near the numbers stay, and what other files may not hold.
import { type ImageFunction, loadImageFunction, psnr, render, saveImageFunction } from "@imagefn/inr";
import { readSafetensors, writeSafetensors } from "@imagefn/ops";
import t from "tap";
import { randomFunction } from "./functions.js";

const fn: ImageFunction = {
  ...randomFunction({ width: 32, groups: 8, peDim: 32 }),
  metadata: { title: "x" },
};

/** Decibels between two functions. */
async function decibels(a: ImageFunction, b: ImageFunction): Promise<number> {
  const size = { width: 24, height: 24 };
  return psnr((await render(a, size)).data as Float32Array, (await render(b, size)).data as Float32Array);
}

t.test("each precision is smaller than the one before, and its numbers stay near", async (t) => {
  const files = (["float32", "float16", "int8"] as const).map((precision) =>
    saveImageFunction(fn, { precision }),
  );
  const [whole, half, byte] = files;
  t.same(saveImageFunction(fn), whole, "float32 if left out");
  const numbers = fn.layers.reduce((n, { weight, bias }) => n + weight.data.length + bias.data.length, 0);
  const saved = whole.length - half.length - 2 * numbers;
  t.ok(saved >= 0 && saved < 50, `${saved} bytes of the header, whose offsets are shorter`);
  t.ok(byte.length < 0.36 * whole.length, `${byte.length} of ${whole.length} bytes`);
  const [asHalf, asByte] = [half, byte].map((file) => loadImageFunction(file));
  for (const one of [asHalf, asByte]) {
    t.same(one.architecture, fn.architecture);
    t.same(one.metadata, fn.metadata);
  }
  t.ok((await decibels(fn, asHalf)) > 60);
  const found = await decibels(fn, asByte);
  t.ok(found > 35 && found < 70, `${found} dB`);
  t.same(saveImageFunction(asByte, { precision: "int8" }), byte, "saved again, byte for byte");
  t.equal(readSafetensors(half).metadata?.version, "1", "releases before it read float16");
  t.equal(readSafetensors(byte).metadata?.version, "2", "and say that they do not read int8");
});

t.test("int8: each neuron has its own scale, by hand", async (t) => {
  const { architecture } = randomFunction({ depth: 1, peDim: 2, groups: 1 });
  const weight = {
    shape: [4, 3],
    data: Float32Array.of(127, 0.127, 0, -63.6, 0.1, 0, 1, -0.0124, 0, 0.4, 0, 0),
  };
  const small: ImageFunction = {
    architecture,
    scale: 1,
    layers: [{ weight, bias: { shape: [3], data: Float32Array.of(1, 2, 1e-9) } }],
  };
  const bytes = saveImageFunction(small, { precision: "int8" });
  const { tensors } = readSafetensors(bytes);
  t.same([...tensors.get("layers.0.weight")!.data], [127, 127, 0, -64, 100, 0, 1, -12, 0, 0, 0, 0]);
  t.same([...tensors.get("layers.0.scale")!.data], [1, 0.001, 0].map(Math.fround));
  const [back] = loadImageFunction(bytes).layers;
  t.same([...back.bias.data], [1, 2, 1e-9].map(Math.fround), "biases keep every bit");
  t.equal(back.weight.data[7], Math.fround(-12 * Math.fround(0.001)));
});

t.test("damaged scales, other precisions and numbers that do not fit are refused", async (t) => {
  const { tensors, metadata } = readSafetensors(saveImageFunction(fn, { precision: "int8" }));
  const scale = { shape: [31], data: new Float32Array(31) };
  t.throws(
    () => loadImageFunction(writeSafetensors(new Map([...tensors, ["layers.1.scale", scale]]), metadata)),
    /scales of weights \[32, 32\] are \[31\] \(expected one for each neuron\)/,
  );
  const infinite = { shape: [32], data: new Float32Array(32).fill(Number.POSITIVE_INFINITY) };
  t.throws(
    () => loadImageFunction(writeSafetensors(new Map([...tensors, ["layers.1.scale", infinite]]), metadata)),
    /weight of layer 1 holds a number that is not finite/,
  );
  t.throws(
    () => saveImageFunction(fn, { precision: "int4" as "int8" }),
    /unknown precision \(got "int4", expected float32, float16, int8\)/,
  );
  const [first, ...rest] = fn.layers;
  const large = { ...first, bias: { shape: [32], data: new Float32Array(32).fill(1e6) } };
  t.throws(
    () => saveImageFunction({ ...fn, layers: [large, ...rest] }, { precision: "float16" }),
    /"layers.0.bias" does not fit F16/,
  );
});
