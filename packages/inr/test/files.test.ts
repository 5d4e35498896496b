// Image functions as data: what is valid, files that come back the same, damaged files, bytes of pictures.
import {
  checkImageFunction,
  fromBytes,
  type ImageFunction,
  loadImageFunction,
  planesToBytes,
  psnr,
  render,
  saveImageFunction,
  splitBatch,
  toByte,
  toBytes,
  valuesToBytes,
} from "@imagefn/inr";
import { readSafetensors, writeSafetensors } from "@imagefn/ops";
import t from "tap";
import { randomFunction } from "./functions.js";

const fn: ImageFunction = {
  ...randomFunction({ coordinates: "paper" }),
  scale: 0.4999777349,
  metadata: { title: "Zwei Äpfel", seed: "7" },
};

t.test("a saved function comes back the same", async (t) => {
  const back = loadImageFunction(saveImageFunction(fn));
  t.same(back.architecture, fn.architecture);
  t.equal(back.scale, fn.scale);
  t.same(back.metadata, fn.metadata);
  for (const [l, { weight, bias }] of fn.layers.entries()) {
    t.same(back.layers[l].weight.shape, weight.shape);
    t.same([...back.layers[l].weight.data], [...weight.data]);
    t.same([...back.layers[l].bias.data], [...bias.data]);
  }
  t.same(saveImageFunction(back), saveImageFunction(fn), "byte for byte");
  t.notOk("metadata" in loadImageFunction(saveImageFunction(randomFunction())), "no metadata, none back");
});

t.test("the options of generated functions travel along, and older files lack them", async (t) => {
  const architecture = { ...fn.architecture, weights: "mlp-mod", generatedBiases: true } as const;
  t.strictSame(loadImageFunction(saveImageFunction({ ...fn, architecture })).architecture, architecture);
  const old = loadImageFunction(saveImageFunction(fn));
  t.strictSame(old.architecture, fn.architecture);
  t.notOk("weights" in old.architecture || "generatedBiases" in old.architecture);
  const { metadata } = readSafetensors(saveImageFunction(fn));
  t.notMatch(metadata?.architecture, /weights|generatedBiases/, "as files were before there were options");
});

t.test("coordinates that are left out are centres, when drawn and in files", async (t) => {
  const { coordinates, ...architecture } = fn.architecture;
  const [paper, bare] = [fn, { ...fn, architecture }];
  const centred: ImageFunction = { ...fn, architecture: { ...architecture, coordinates: "center" } };
  t.equal(coordinates, "paper");
  const size = { width: 5, height: 4 };
  t.strictSame(await render(bare, size), await render(centred, size));
  t.notSame(await render(bare, size), await render(paper, size));
  t.strictSame(saveImageFunction(bare), saveImageFunction(centred));
  const { metadata, tensors } = readSafetensors(saveImageFunction(bare));
  t.match(metadata?.architecture, /"coordinates":"center"/);
  const without = writeSafetensors(tensors, { ...metadata, architecture: JSON.stringify(architecture) });
  t.throws(() => loadImageFunction(without), /has no coordinates/);
});

t.test("a function at any offset of a larger buffer loads", async (t) => {
  const bytes = saveImageFunction(fn);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  t.same(loadImageFunction(shifted.subarray(3)).layers[0], loadImageFunction(bytes).layers[0]);
});

t.test("damaged and foreign files are named in one sentence", async (t) => {
  const bytes = saveImageFunction(fn);
  for (const length of [0, 7, 100, bytes.length - 1])
    t.throws(
      () => loadImageFunction(bytes.subarray(0, length)),
      /^inr: this is not an image function file: /,
    );
  t.throws(() => loadImageFunction(new TextEncoder().encode("<svg>no</svg>, some other file")), /^inr: /);

  const { tensors, metadata } = readSafetensors(bytes);
  const altered = (change: (meta: Record<string, string>, arrays: typeof tensors) => void) => () => {
    const [meta, arrays] = [{ ...metadata }, new Map(tensors)];
    change(meta, arrays);
    return loadImageFunction(writeSafetensors(arrays, meta));
  };
  const architecture = (part: object) => JSON.stringify({ ...fn.architecture, ...part });
  const cases: [RegExp, ReturnType<typeof altered>][] = [
    [/something else than an image function \(got format "none"/, altered((m) => delete m.format)],
    [/something else than an image function \(got format "pt"/, altered((m) => (m.format = "pt"))],
    [/file version .* \(got "3", expected "1" or "2"\)/, altered((m) => (m.version = "3"))],
    [/wrong number of arrays \(got 8, expected 12/, altered((m) => (m.version = "2"))],
    [/architecture is not a JSON object \(got none\)/, altered((m) => delete m.architecture)],
    [/architecture is not a JSON object/, altered((m) => (m.architecture = "{"))],
    [/width is not a number/, altered((m) => (m.architecture = architecture({ width: "18" })))],
    [
      /wrong number of arrays \(got 8, expected 2000000000/,
      altered((m) => (m.architecture = architecture({ depth: 1e9 }))),
    ],
    [
      /weight of layer 0 does not fit .*got \[24, 18\].*expected \[28, 18\]/,
      altered((m) => (m.architecture = architecture({ peDim: 14 }))),
    ],
    [
      /unknown coordinates \(got "polar"/,
      altered((m) => (m.architecture = architecture({ coordinates: "polar" }))),
    ],
    [/unknown weights \(got "tiled"/, altered((m) => (m.architecture = architecture({ weights: "tiled" })))],
    [
      /generatedBiases must be true or false \(got 1\)/,
      altered((m) => (m.architecture = architecture({ generatedBiases: 1 }))),
    ],
    [
      /unknown coordinates \(got \{"toString":1\}, expected/,
      altered((m) => (m.architecture = architecture({ coordinates: { toString: 1 } }))),
    ],
    [/got format "\\u001b\[2J"/, altered((m) => (m.format = "\u001b[2J"))],
    [/got format "\\u007f\\u009b2J"/, altered((m) => (m.format = "\u007f\u009b2J"))],
    [/is not a JSON object \(got "\\u009b"\)/, altered((m) => (m.architecture = "\u009b"))],
    [
      /depth is not a number \(got "\\u009bx{56}\.\.\."\)/,
      altered((m) => (m.architecture = architecture({ depth: `\u009b${"x".repeat(1e5)}` }))),
    ],
    [
      /unknown coordinates \(got "\\u009b", /,
      altered((m) => (m.architecture = architecture({ coordinates: "\u009b" }))),
    ],
    [/peSigma must be a positive number/, altered((m) => (m.architecture = architecture({ peSigma: 0 })))],
    [/scale must be a finite number/, altered((m) => delete m.scale)],
    [/scale must be a finite number/, altered((m) => (m.scale = ""))],
    [/wrong number of arrays \(got 7, expected 8/, altered((_, a) => a.delete("layers.3.bias"))],
    [
      /"layers.3.bias" is missing/,
      altered((_, a) => {
        a.set("other", a.get("layers.3.bias")!);
        a.delete("layers.3.bias");
      }),
    ],
    [
      /bias of layer 1 holds a number that is not finite \(got NaN at 2\)/,
      altered((_, a) =>
        a.set("layers.1.bias", { shape: [18], data: new Float32Array(18).fill(Number.NaN, 2) }),
      ),
    ],
  ];
  for (const [message, load] of cases) t.throws(load, message);
});

t.test("functions whose parts do not fit are refused before they are written", async (t) => {
  t.throws(
    () => saveImageFunction({ ...fn, metadata: { scale: "1" } }),
    /"scale" is used by the file itself/,
  );
  t.throws(
    () => saveImageFunction({ ...fn, scale: Number.NaN }),
    /scale must be a finite number \(got NaN\)/,
  );
  t.throws(
    () => checkImageFunction({ ...fn, layers: fn.layers.slice(1) }),
    /as many layers as its depth \(got 3, expected 4\)/,
  );
  const swapped = [fn.layers[0], fn.layers[0], ...fn.layers.slice(2)];
  t.throws(() => checkImageFunction({ ...fn, layers: swapped }), /weight of layer 1 does not fit/);
});

t.test("a batch of generated layers becomes one function per image", async (t) => {
  const [a, b] = [randomFunction({}, 1), randomFunction({}, 2)];
  const layers = a.layers.map(({ weight, bias }, l) => ({
    weight: {
      shape: [2, ...weight.shape],
      data: Float32Array.of(...weight.data, ...b.layers[l].weight.data),
    },
    bias,
  }));
  const [first, second] = splitBatch(a.architecture, layers, { scale: 0.5 });
  t.equal(second.scale, 0.5);
  t.same([...first.layers[2].weight.data], [...a.layers[2].weight.data]);
  t.same([...second.layers[2].weight.data], [...b.layers[2].weight.data]);
  t.same([...second.layers[3].bias.data], [...a.layers[3].bias.data], "the bias is shared");
  layers[1].weight.shape[0] = 3;
  t.throws(() => splitBatch(a.architecture, layers), /a batch of 2 functions/);
});

t.test("pictures: bytes to numbers and back, rounded and clamped", async (t) => {
  const rgb = Uint8Array.of(0, 127, 128, 255, 1, 254);
  const image = fromBytes({ width: 2, height: 1, data: rgb });
  t.same(image.shape, [3, 1, 2]);
  t.same(
    [...image.data],
    [-1, 1, 127 / 127.5 - 1, 1 / 127.5 - 1, 128 / 127.5 - 1, 254 / 127.5 - 1].map(Math.fround),
  );
  const planar = { shape: [3, 1, 1], data: Float32Array.of(-1.5, 0, 0.9999) };
  t.same([...toBytes(planar).data], [0, 128, 255, 255]);
  const clear = fromBytes({ width: 1, height: 1, data: Uint8Array.of(0, 0, 0, 0) });
  t.same([...clear.data], [1, 1, 1], "transparent is white");
  t.throws(() => fromBytes({ width: 2, height: 2, data: rgb }), /got 6 bytes, expected 12 or 16/);
  t.throws(
    () => toBytes({ shape: [1, 1, 3], data: new Float32Array(3) }),
    /a picture is \[3, height, width\]/,
  );
  t.equal(psnr(Float32Array.of(1, 1), Float32Array.of(-1, 1)), 10 * Math.log10(2));
});

t.test("all 256 levels return from float32 numbers", async (t) => {
  const levels = Uint8Array.from({ length: 768 }, (_, i) => i % 256);
  const { data } = fromBytes({ width: 256, height: 1, data: levels });
  const planes = Float32Array.from(levels, (v) => v / 127.5 - 1);
  t.same(Array.from(planes, toByte), [...levels]);
  t.same([...valuesToBytes(planes)], [...levels]);
  t.same([...planesToBytes(data)], [...levels], "pixels to planes and back");
  const rgb = [...toBytes({ shape: [3, 1, 256], data }).data].filter((_, i) => i % 4 < 3);
  t.same(rgb, [...levels]);
});

t.test("bytes of values between the levels, and of planes", async (t) => {
  const values = [-1, 1, 0, -2, 2, 0.999, -0.9921875, 0.5, 127.4 / 127.5 - 1];
  const bytes = [0, 255, 128, 0, 255, 255, 1, 191, 127];
  t.same(values.map(toByte), bytes);
  t.same([...valuesToBytes(Float32Array.from(values))], bytes);
  // Three planes of three values: channel c of pixel p is values[c * 3 + p].
  t.same([...planesToBytes(Float32Array.from(values))], [0, 0, 1, 255, 255, 191, 128, 255, 127]);
  t.equal(valuesToBytes(Float32Array.of(Number.NaN))[0], 0);
});
