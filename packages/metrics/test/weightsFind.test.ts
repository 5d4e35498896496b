// Which weights are needed, where they are looked for, and whether they are the right ones; real files where there are any.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import {
  checkWeights,
  findWeights,
  lpipsShapes,
  metricsOver,
  missingWeights,
  readNpz,
  readWeights,
  sha256File,
  squeezeNetShapes,
  type WeightFile,
  type WeightName,
  type WeightNeed,
  weightFiles,
  weightsCacheFolder,
  weightsChecksum,
} from "@imagefn/metrics";
import t from "tap";

const array = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((n, d) => n * d, 1)) });

t.test("tensors that do not fit a network", async (t) => {
  const expected = new Map([
    ["a.weight", [2, 3]],
    ["a.bias", [2]],
    ["b", []],
  ]);
  const fitting = new Map([
    ["b", array()],
    ["a.weight", array(2, 3)],
    ["a.bias", array(2)],
    ["norm.num_batches_tracked", array()],
  ]);
  t.doesNotThrow(() => checkWeights(fitting, expected));
  const more = new Map([...fitting, ["c", array(1)]] as const);
  t.throws(() => checkWeights(more, expected), {
    message: 'metrics: the weights do not fit this network: 1 are not expected: "c"',
  });
  t.doesNotThrow(() => checkWeights(more, expected, { allowOthers: true }));
  const wrong = new Map([
    ["module.a.bias", array(2)],
    ["a.weight", array(3, 2)],
    ["c", array(1)],
  ]);
  t.throws(() => checkWeights(wrong, expected, { from: "x.pth", network: "Tiny" }), {
    message:
      'metrics: x.pth do not fit Tiny: 2 of 3 are missing: "a.bias", "b"; ' +
      '1 are of another shape: "a.weight" [3, 2] (expected [2, 3]); 2 are not expected: "module.a.bias", "c"; ' +
      '"a.bias" is there under the name "module.a.bias"',
  });
  t.throws(() => checkWeights(wrong, expected, { allowOthers: true }), /2 of 3 are missing/);
  const many = new Map(Array.from({ length: 20 }, (_, i) => [`layer${i}`, array(1)] as const));
  t.throws(() => checkWeights(many, new Map()), /20 are not expected: "layer0", .*"layer4" and 15 more$/);
});

t.test(
  "weights are looked for where the user says, then in IMAGEFN_WEIGHTS, then in the cache",
  async (t) => {
    const dir = t.testdir({ flag: {}, env1: {}, env2: {}, cache: { weights: {} } });
    const at = (...parts: string[]) => join(dir, ...parts);
    const env = { IMAGEFN_WEIGHTS: [at("env1"), "", at("env2")].join(delimiter), IMAGEFN_CACHE: at("cache") };
    const find = (name: WeightName, folders = [at("flag")]) => findWeights(name, { folders, env });
    const places = [at("flag"), at("env1"), at("env2"), at("cache", "weights")];
    const nothing = await find("vgg16");
    t.equal(nothing.path, undefined);
    t.same(nothing.looked, places);
    const message = missingWeights(nothing);
    t.match(
      message,
      /^unavailable: weights missing: VGG16 of torchvision \(vgg16-397923af\.pth\); looked in /,
    );
    for (const place of places) t.ok(message.includes(place));
    t.match(message, /Download torchvision's file.* or list its folder in IMAGEFN_WEIGHTS\.$/);
    t.notMatch(message, /--/, "no flag");

    for (const place of [...places].reverse()) {
      writeFileSync(join(place, "vgg16-397923af.pth"), place);
      t.equal((await find("vgg16")).path, join(place, "vgg16-397923af.pth"), "the nearest one is taken");
    }
    // Of two kinds in one folder, the more usual one; a folder of that name is no file.
    writeFileSync(at("env1", "classify_image_graph_def.pb"), "");
    mkdirSync(at("flag", "classify_image_graph_def.pb"));
    t.equal((await find("inception")).path, at("env1", "classify_image_graph_def.pb"));
    writeFileSync(at("env1", "pt_inception-2015-12-05-6726825d.pth"), "");
    t.equal((await find("inception")).file?.sha256, "6726825d");
    // The weights may be named themselves.
    const own = at("flag", "niqe_pris_params.npz");
    writeFileSync(own, "");
    t.equal((await find("niqe", [own])).path, own);
    t.equal((await find("vgg16", [own])).path, at("env1", "vgg16-397923af.pth"));
  },
);

t.test("the cache folder is the user's", async (t) => {
  t.equal(weightsCacheFolder({ IMAGEFN_CACHE: "/c" }, "linux"), join("/c", "weights"));
  t.equal(weightsCacheFolder({ XDG_CACHE_HOME: "/x" }, "linux"), join("/x", "imagefn", "weights"));
  t.match(weightsCacheFolder({ XDG_CACHE_HOME: "relative" }, "linux"), /\.cache.imagefn.weights$/);
  t.match(weightsCacheFolder({}, "darwin"), /Library.Caches.imagefn.weights$/);
  t.match(weightsCacheFolder({ LOCALAPPDATA: "/l" }, "win32"), /imagefn.Cache.weights$/);
});

t.test("checksums", async (t) => {
  const dir = t.testdir({ "abc.bin": "abc" });
  const path = join(dir, "abc.bin");
  const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  t.equal(await sha256File(path), sha256, "FIPS 180-2, appendix B.1");
  const need: WeightNeed = weightFiles.niqe;
  const found = (expected: string | null) => {
    const file: WeightFile = { names: ["abc.bin"], url: "", sha256: expected, licence: "" };
    return { name: "niqe" as const, need, path, file, looked: [] };
  };
  t.same(await weightsChecksum(found(sha256)), { sha256, published: "same" });
  t.same(await weightsChecksum(found("ba7816bf")), { sha256, published: "same" }, "by its first digits");
  t.same(await weightsChecksum(found("ba7816be")), { sha256, published: "different" });
  t.same(await weightsChecksum(found(null)), { sha256, published: "unknown" });
  await t.rejects(
    weightsChecksum({ name: "niqe", need, looked: ["/a"] }),
    /metrics: unavailable: weights missing.*\/a/,
  );
});

t.test("what is known of the files", async (t) => {
  const needs: [string, WeightNeed][] = Object.entries(weightFiles);
  for (const [name, { files, how }] of needs) {
    t.ok(files.length > 0 && metricsOver(name as WeightName).length > 0 && how.endsWith("."), name);
    for (const { names, url, sha256, licence } of files) {
      t.match(url, /^https?:\/\//);
      t.not(licence, "");
      t.ok(sha256 === null || /^([0-9a-f]{8}|[0-9a-f]{64})$/.test(sha256), `${names[0]}: ${sha256}`);
      // Where a name carries the first digits of a checksum, they are this one's.
      for (const file of names) {
        const inName = /-([0-9a-f]{8})\.pth$/.exec(file)?.[1];
        if (inName) t.ok(sha256?.startsWith(inName), file);
      }
    }
  }
});

const folder =
  process.env.IMAGEFN_TEST_WEIGHTS ?? new URL("../../../../shared/weights/", import.meta.url).pathname;
const there = existsSync(join(folder, "lpips_v0.1_vgg.pth"));
const skip = there ? false : `there are no weights in ${folder}: set IMAGEFN_TEST_WEIGHTS`;

t.test("real weights", { skip }, async (t) => {
  const options = { folders: [folder], env: { IMAGEFN_CACHE: join(folder, "none") } };
  const read = async (name: WeightName) => {
    const found = await findWeights(name, options);
    const { published } = await weightsChecksum(found);
    t.equal(published, found.file?.sha256 ? "same" : "unknown", `${name}: checksum`);
    return readWeights(found.path!);
  };
  const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

  // Sums of LPIPS's layers for VGG16, of which all numbers are positive.
  const sums = [6.925992, 8.858334, 17.515005, 51.521324, 47.034855];
  const vgg = await read("lpips-vgg");
  sums.forEach((expected, i) => {
    const { shape, data } = vgg.get(`lin${i}.model.1.weight`)!;
    t.same(shape, [1, [64, 128, 256, 512, 512][i], 1, 1]);
    t.ok(Math.abs(sum(data) - expected) < 1e-5, `lin${i} adds up to ${expected}`);
    t.ok(data.every((v) => v > 0));
  });
  const first = [0.05011166, 0.03931232, 0.04640071].map(Math.fround);
  t.ok(first.every((v, i) => Math.abs(vgg.get("lin0.model.1.weight")!.data[i] - v) < 1e-8));
  for (const network of ["alex", "squeeze"] as const) {
    const all = new Map([...lpipsShapes(network)].filter(([name]) => name.startsWith("lin")));
    t.ok(all.size > 0);
    checkWeights(await read(`lpips-${network}`), all, { network });
  }

  const squeezenet = await read("squeezenet");
  checkWeights(squeezenet, squeezeNetShapes(), { network: "SqueezeNet 1.1", allowOthers: true });
  t.equal(sum([...squeezenet.values()].map(({ data }) => data.length)), 1_235_496, "every byte was used");
  const path = (await findWeights("squeezenet", options)).path!;
  t.equal(createHash("sha256").update(readFileSync(path)).digest("hex"), await sha256File(path));

  const niqe = (await findWeights("niqe", options)).path!;
  await read("niqe");
  const model = readNpz(readFileSync(niqe));
  t.ok(Math.abs(sum(model.get("mu_pris_param")!.data) - 17.32876553) < 1e-8);
  t.ok(Math.abs(sum(model.get("cov_pris_param")!.data) - 13.27680735) < 1e-7);
  t.equal(model.get("mu_pris_param")!.data.constructor, Float64Array, "in float64");
});
