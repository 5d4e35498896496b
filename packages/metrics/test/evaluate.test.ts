// Evaluations from code: folders, .npz files and pictures in memory, what is shared, what is refused, and how it is ended.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pngBytes } from "@imagefn/base";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  type ImageSource,
  imagesSource,
  inception2015Shapes,
  isMissing,
  type PictureBytes,
  saveStatistics,
  writeNpz,
} from "@imagefn/metrics";
import { onnxEngine, random, writeSafetensors } from "@imagefn/ops";
import t from "tap";
import { seededWeights } from "./networksSeeded.js";

t.setTimeout(280_000);
// No weights of this machine.
process.env.IMAGEFN_WEIGHTS = "";
const home = t.testdir({ weights: {}, empty: {}, run: { "config.yaml": "" } });
process.env.IMAGEFN_CACHE = join(home, "cache");
const at = (name: string) => join(home, name);
const engine = await onnxEngine({ threads: 2 });

const SIDE = 20;
const COUNT = 6;
const noise = (seed: number): PictureBytes[] =>
  Array.from({ length: COUNT }, (_, i) => ({
    width: SIDE,
    height: SIDE,
    data: Uint8Array.from(random(seed).uniform(3 * SIDE * SIDE, i), (u) => 256 * u),
  }));
const [a, b] = [noise(1), noise(2)];
const withAlpha = (pictures: readonly PictureBytes[]): PictureBytes[] =>
  pictures.map(({ data, ...size }) => ({
    ...size,
    data: Uint8ClampedArray.from({ length: (data.length / 3) * 4 }, (_, i) =>
      i % 4 === 3 ? 255 : data[Math.floor(i / 4) * 3 + (i % 4)],
    ),
  }));

const named = (pictures: readonly PictureBytes[]): PictureBytes[] =>
  pictures.map((picture, i) => ({ ...picture, name: `${i}.png` }));

t.before(async () => {
  for (const [name, pictures] of Object.entries({ a, b })) {
    mkdirSync(at(name));
    for (const [i, { data, ...size }] of pictures.entries())
      writeFileSync(join(at(name), `${i}.png`), await pngBytes(size, [Uint8Array.from(data)]));
    const data = Uint8Array.from(pictures.flatMap((picture) => [...picture.data]));
    writeFileSync(at(`${name}.npz`), writeNpz([["arr_0", { shape: [COUNT, SIDE, SIDE, 3], data }]]));
  }
});

const value = ({ findings }: Evaluation, name: string) => {
  const finding = findings.find(({ metric }) => metric === name);
  return finding && !isMissing(finding) ? finding.value : undefined;
};

/** The same images; every reading of them is counted. */
function counted(source: ImageSource): { source: ImageSource; read: number[] } {
  const read: number[] = [];
  return {
    read,
    source: {
      ...source,
      batches(count) {
        read.push(count);
        return source.batches(count);
      },
    },
  };
}

t.test("folders, .npz files and pictures in memory are the same images", async (t) => {
  const metrics = ["psnr", "ssim"] as const;
  const expected = await evaluate({ samples: at("a"), reference: at("b"), metrics, engine });
  t.match(expected, {
    samples: { folder: at("a"), n: COUNT },
    reference: { folder: at("b"), n: COUNT },
    seed: 0,
    engine: "onnx",
    statistics: undefined,
  });
  t.same(
    expected.findings.map(({ metric }) => metric),
    ["PSNR", "SSIM"],
  );
  // Of two uniform bytes: 10 log10(255^2 / (256^2 / 6)).
  t.ok(Math.abs(value(expected, "PSNR")! - 7.75) < 0.2, String(value(expected, "PSNR")));
  for (const [samples, reference] of [
    [at("a.npz"), at("b.npz")],
    [imagesSource(a), imagesSource(b)],
    [imagesSource(named(withAlpha(a))), at("b")],
  ]) {
    const { findings } = await evaluate({ samples, reference, metrics, engine: { engine, why: "" } });
    // How pairs were made is told, and changes no number.
    const pairs = typeof samples === "string" || !samples.named ? "by number" : "by name";
    t.same(
      findings,
      expected.findings.map((finding) => ({ ...finding, settings: { pairs } })),
    );
  }
  const few = await evaluate({ samples: at("a"), reference: at("b"), metrics, engine, count: 2 });
  t.match(few.findings, [{ n: 2 }, { n: 2 }]);
  const transparent = imagesSource([{ width: 1, height: 1, data: Uint8Array.of(9, 9, 9, 0) }], { name: "x" });
  for await (const { data } of transparent.batches(1)) t.same([...data], [255, 255, 255], "on white");
});

t.test("metrics over one network read each image once", async (t) => {
  writeFileSync(
    join(at("weights"), "inception-2015-12-05.safetensors"),
    writeSafetensors(new Map(seededWeights(inception2015Shapes()))),
  );
  const [one, other] = [counted(imagesSource(a)), counted(imagesSource(b))];
  const phases = new Set<string>();
  const messages: string[] = [];
  const evaluation = await evaluate({
    samples: one.source,
    reference: other.source,
    // The order of the findings is that of the list, not of the request.
    metrics: ["kid", "pr", "fid", "is", "sfid"],
    weights: [at("weights")],
    engine,
    onProgress: ({ phase }) => phases.add(phase),
    onMessage: (text) => messages.push(text),
  });
  t.same([one.read, other.read], [[COUNT], [COUNT]]);
  t.same(
    evaluation.findings.map(({ metric }) => metric),
    ["FID", "sFID", "Inception Score", "precision", "recall", "KID"],
  );
  t.ok(value(evaluation, "FID")! > 0);
  t.ok(phases.has("Inception-2015, samples") && phases.has("Inception-2015, reference"));
  t.match(messages, [`${COUNT} images in memory against images in memory; engine onnx`]);

  // The statistics of the reference stand for it the next time, bit for bit.
  await saveStatistics(at("statistics.npz"), evaluation.statistics!);
  const again = await evaluate({
    samples: at("a"),
    reference: at("statistics.npz"),
    metrics: ["fid", "sfid", "pr", "psnr"],
    weights: [at("weights")],
    engine,
  });
  for (const name of ["FID", "sFID"]) t.equal(value(again, name), value(evaluation, name));
  t.match(again.findings.slice(2), [
    {
      metric: "precision, recall",
      code: "unfit-reference",
      reason: /compare images, and the reference is a/,
    },
    { metric: "PSNR", code: "no-reference" },
  ]);
  t.match(again.reference, { statistics: at("statistics.npz"), network: "Inception-2015", count: COUNT });
});

t.test("what cannot be computed is a finding with a code and no flag", async (t) => {
  const { findings } = await evaluate({
    samples: at("a"),
    metrics: ["is", "fid", "niqe", "lpips", "ssim"],
    weights: [at("empty")],
    engine,
  });
  t.match(findings, [
    { metric: "IS, FID", code: "missing-weights", weights: "inception" },
    { metric: "NIQE", code: "missing-weights", weights: "niqe" },
    { metric: "LPIPS", code: "no-reference" },
    { metric: "SSIM", code: "no-reference", reason: /^unavailable: it compares pictures in pairs/ },
  ]);
  t.notMatch(JSON.stringify(findings), /--|`imagefn/);
});

t.test("an endless source is measured as far as it is asked", async (t) => {
  const endless: ImageSource = {
    name: "noise",
    count: Number.POSITIVE_INFINITY,
    about: {},
    async *batches(count) {
      for (let i = 0; i < count; i++) yield { shape: [1, 3, 16, 16], data: new Uint8Array(768).fill(i) };
    },
  };
  const options = { samples: endless, reference: endless, metrics: ["ssim"], engine } as const;
  t.match(await evaluate({ ...options, count: 3 }), { samples: { n: 3 }, reference: { n: 3 } });
  const few = await evaluate({ ...options, count: 3, referenceCount: 2 });
  t.match(few, { reference: { n: 2 } });
});

t.test("a signal ends it between two batches", async (t) => {
  const reason = new Error("enough");
  const controller = new AbortController();
  let batches = 0;
  const samples: ImageSource = {
    name: "noise",
    count: 100,
    about: {},
    async *batches() {
      for (; batches < 100; batches++) yield { shape: [1, 3, 16, 16], data: new Uint8Array(768) };
    },
  };
  const onProgress = ({ step }: { step: number }) => step === 3 && controller.abort(reason);
  const options = { samples, reference: samples, metrics: ["ssim"], engine, onProgress } as const;
  await t.rejects(evaluate({ ...options, signal: controller.signal }), reason);
  t.ok(batches < 10, `${batches} of 100`);
  await t.rejects(evaluate({ ...options, signal: AbortSignal.abort(reason) }), reason);
});

t.test("bad input", async (t) => {
  const refused = (options: object, code: string, message: RegExp) =>
    t.rejects(evaluate({ samples: at("a"), metrics: ["ssim"], engine, ...options } as EvaluateOptions), {
      name: "ImagefnError",
      code,
      message,
    });
  await refused({ metrics: ["fidd"] }, "invalid-option", /^metrics: .*"fidd" \(did you mean fid\?\)/);
  await refused({ resize: "bilinear" }, "invalid-option", /^resize: .*\(expected legacy_tensorflow, /);
  await refused({ count: 0 }, "invalid-option", /^count is 0 \(expected a whole number from 1\)/);
  await refused({ referenceCount: 1.5 }, "invalid-option", /^referenceCount is 1\.5/);
  await refused({ samples: at("nowhere") }, "invalid-data", /samples: .*nowhere holds no images/);
  await refused({ reference: at("nowhere") }, "invalid-data", /reference: .*nowhere holds no images/);
  await refused({ samples: at("empty") }, "invalid-data", /empty holds no PNG, JPEG or WebP file/);
  await refused({ samples: at("run") }, "invalid-data", /is the folder of a training run, not of images/);
  writeFileSync(at("grey.npz"), writeNpz([["arr_0", { shape: [2, 2, 2], data: new Uint8Array(8) }]]));
  await refused({ samples: at("grey.npz") }, "invalid-data", /got uint8 \[2, 2, 2\], expected uint8 \[count/);
  const mu = { shape: [3], data: new Float64Array(3) };
  writeFileSync(at("bad.npz"), writeNpz(Object.entries({ mu, sigma: mu })));
  await refused({ reference: at("bad.npz") }, "invalid-data", /got \[3\], expected \[3, 3\]/);
  t.throws(() => imagesSource([]), { code: "invalid-data" });
  t.throws(() => imagesSource([{ width: 2, height: 2, data: new Uint8Array(5) }]), {
    code: "invalid-data",
    message: /image 0 .*got 5 bytes for 2 x 2, expected 12 or 16/,
  });
});

t.test("a reference that cannot be read is known before any sample is made", async (t) => {
  mkdirSync(at("damaged"));
  writeFileSync(join(at("damaged"), "0.png"), "no picture");
  const { source, read } = counted(imagesSource(a));
  await t.rejects(
    evaluate({ samples: source, reference: at("damaged"), metrics: ["random-conv"], engine }),
    /cannot decode .*0\.png/,
  );
  t.same(read, []);
});
