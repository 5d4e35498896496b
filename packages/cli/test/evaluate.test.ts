// `imagefn evaluate` and `imagefn weights` as a new user meets them: folders of PNGs, a run, saved statistics.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeNpz } from "@imagefn/metrics";
import { exportOnnx, mean, program, random } from "@imagefn/ops";
import { tinyRun } from "@imagefn/testing/tinyRun";
import { PNG } from "pngjs";
import t, { type Test } from "tap";
import { imagefnHere } from "./inProcess.js";
import { imagefnIn, paragraph, tinyYaml, yamlOf } from "./tiny.js";

t.setTimeout(280_000);
const home = t.testdir({ "tiny.yaml": tinyYaml });
// No weights of this machine: the tests are of what happens without them.
const env = { IMAGEFN_WEIGHTS: "" };
const imagefn = imagefnHere(home, env);
const inHome = (...path: string[]) => join(home, ...path);

const SIDE = 24;
const COUNT = 8;

/** Pictures of seeded noise, brighter by `shift`. */
function pictures(seed: number, shift: number): Uint8Array[] {
  const from = random(seed).stream("pictures");
  return Array.from({ length: COUNT }, (_, i) =>
    Uint8Array.from(from.uniform(3 * SIDE * SIDE, i), (u) => Math.min(255, 200 * u + shift)),
  );
}

function writeFolder(name: string, images: readonly Uint8Array[], first = 0): void {
  mkdirSync(inHome(name));
  for (const [i, rgb] of images.entries()) {
    if (i < first) continue;
    const png = new PNG({ width: SIDE, height: SIDE });
    for (let p = 0; p < SIDE * SIDE; p++) {
      png.data.set(rgb.subarray(3 * p, 3 * p + 3), 4 * p);
      png.data[4 * p + 3] = 255;
    }
    writeFileSync(inHome(name, `${i}.png`), PNG.sync.write(png));
  }
}

interface Report {
  reference?: { n?: number; statistics?: string };
  findings: { metric: string; value?: number; n?: number; reference?: number; reason?: string }[];
}

/** The findings of a command, which succeeds where anything was measured, by name. */
async function findings(t: Test, args: string, expected = 0) {
  const ended = await imagefn(`evaluate ${args} --report report.json`);
  const { status, stderr, stdout } = ended;
  t.equal(status, expected, stderr);
  if (expected === 1)
    t.match(paragraph(ended), /^imagefn: no metric could be measured; the reasons are listed/);
  const report = JSON.parse(readFileSync(inHome("report.json"), "utf8")) as Report;
  return { report, stdout, of: (name: string) => report.findings.find(({ metric }) => metric === name) };
}

/** The means of colours as an ONNX file. */
function writeNetwork(name: string, metadata: Record<string, string>): void {
  const { outputs } = program({ inputs: { images: [4, 3, 8, 8] } }, (_, { images }) => ({
    outputs: { features: mean(images, [2, 3]) },
  }));
  const file = { name: "means", outputs: Object.fromEntries(outputs), weights: new Map(), metadata };
  writeFileSync(inHome(name), exportOnnx(file));
}

t.before(() => {
  writeNetwork("means.onnx", { "imagefn.mean": "0", "imagefn.std": "1" });
  writeNetwork("bare.onnx", {});
  writeFolder("a", pictures(1, 0));
  writeFolder("b", pictures(2, 0));
  writeFolder("bright", pictures(1, 40));
});

t.test("pairs of pictures in two folders", async (t) => {
  const { of } = await findings(t, "a --against bright --metrics psnr,ssim");
  let squares = 0;
  const [one, other] = [pictures(1, 0), pictures(1, 40)];
  const expected = one.map((image, i) => {
    squares = image.reduce((sum, v, p) => sum + (v - other[i][p]) ** 2, 0);
    return 10 * Math.log10((255 ** 2 * image.length) / squares);
  });
  const mean = expected.reduce((a, b) => a + b, 0) / COUNT;
  t.ok(Math.abs(of("PSNR")!.value! - mean) < 1e-9, `${of("PSNR")!.value} ${mean}`);
  t.equal(of("PSNR")!.n, COUNT);
  t.ok(of("SSIM")!.value! > 0.5 && of("SSIM")!.value! < 1);
  t.equal((await findings(t, "a --against a --metrics ssim")).of("SSIM")!.value, 1);
});

t.test("pairs are made by name, and what lacks a partner is refused or left out", async (t) => {
  // One file is missing on one side: by position, every picture would be compared with the next one.
  writeFolder("lacking", pictures(1, 0), 1);
  const refused = await findings(t, "lacking --against bright --metrics psnr", 1);
  t.match(
    refused.of("PSNR")!.reason,
    /^could not be measured, because 1 picture has no partner: "0\.png" of .* \(--skip-unmatched leaves them out\)$/,
  );
  const left = await findings(t, "lacking --against bright --metrics psnr --skip-unmatched");
  t.equal(left.of("PSNR")!.n, COUNT - 1);
  t.match(left.stdout, /\(7 pairs by name; left out, since 1 picture has no partner: "0\.png" of /);
  const brightness = pictures(1, 40)[3].reduce((sum, v, p) => sum + (v - pictures(1, 0)[3][p]) ** 2, 0);
  const expected = 10 * Math.log10((255 ** 2 * 3 * SIDE * SIDE) / brightness);
  t.ok(Math.abs(left.of("PSNR")!.value! - expected) < 0.2, `${left.of("PSNR")!.value} ${expected}`);

  const same = await findings(t, "a --against a --metrics psnr");
  t.match(same.stdout, /^PSNR: infinite: all 8 pairs are equal$/m);
  const unused = await imagefn("evaluate a --against a --metrics random-conv --skip-unmatched");
  t.equal(unused.status, 2);
  t.match(paragraph(unused), /--skip-unmatched belongs to metrics of pairs/);
});

t.test("without any download there is a distance", async (t) => {
  const many = (seed: number) => Array.from({ length: 7 }, (_, k) => pictures(seed + k, 0)).flat();
  writeFolder("many", many(10));
  writeFolder("others", many(20));
  writeFolder(
    "dark",
    many(30).map((rgb) => rgb.map((v) => v / 2)),
  );
  const name = "Frechet distance (random convolutions)";
  const near = await findings(t, "many --against others --metrics random-conv,fid");
  t.equal(near.of(name)!.n, 56);
  const far = await findings(t, "many --against dark --metrics random-conv");
  t.ok(far.of(name)!.value! > 10 * near.of(name)!.value!, `${far.of(name)!.value} ${near.of(name)!.value}`);
  const few = await findings(t, "a --against b --metrics random-conv", 1);
  t.match(few.of(name)!.reason, /needs 49 images or more of each \(got 8 and 8\)/);
  // Statistics are what was asked for here, and nothing is compared.
  t.equal((await imagefn("evaluate many --metrics random-conv --save-stats many.npz")).status, 0);
  const saved = await findings(t, "others --against many.npz --metrics random-conv");
  t.ok(Math.abs(saved.of(name)!.value! - near.of(name)!.value!) < 1e-6);
});

t.test("shards: features give the same numbers, and statistics the same distance", async (t) => {
  const whole = await findings(t, "many --against others --metrics random-conv");
  const [{ value, ...about }] = whole.report.findings;
  for (const i of [1, 2, 3]) {
    const saved = await imagefn(
      `evaluate many --shard ${i}/3 --metrics random-conv,fid --save-features f/${i}.npz`,
    );
    t.equal(saved.status, 0, saved.stderr);
    t.match(saved.stdout, /^FID: unavailable: weights missing/);
    t.match(saved.stderr, /features of random convolutions: f\/\d\.npz/);
    t.equal(
      (await imagefn(`evaluate many --shard ${i}/3 --save-stats s/${i}.npz --metrics random-conv`)).status,
      0,
    );
  }
  for (const files of ["f/*.npz", "f/3.npz f/1.npz f/2.npz"]) {
    const { report } = await findings(t, `--features ${files} --against others`);
    t.same(report.findings, whole.report.findings);
    t.match(report, { samples: { n: 56, shards: 3, machines: [{ shards: [1, 2, 3] }] } });
  }
  const merged = await findings(t, "--merge s/?.npz --against others");
  const [{ value: distance, ...same }] = merged.report.findings;
  t.same(same, about);
  t.ok(Math.abs(distance! / value! - 1) < 1e-9);
  t.equal((await imagefn("evaluate --merge s/?.npz --save-stats joined.npz")).status, 0);
  const next = await findings(t, "others --against joined.npz --metrics random-conv");
  t.ok(Math.abs(next.report.findings[0].value! - value!) < 1e-6);
});

t.test("shards that do not fit are refused with what to do", async (t) => {
  const refused = async (args: string, status: number, message: RegExp) => {
    const ended = await imagefn(`evaluate ${args}`);
    t.equal(ended.status, status, args);
    t.match(paragraph(ended), message);
  };
  await refused("--features g/*.npz", 1, /--features: no file fits g\/\*\.npz\. Check the path/);
  await refused(
    "--features f/1.npz f/3.npz",
    1,
    /shard 2 of 3 is missing \(got 2 of 3 files\)\. Make it first/,
  );
  await refused("--features f/1.npz s/2.npz", 1, /s\/2\.npz holds no features of a shard/);
  await refused("--features f/*.npz --metrics kid", 2, /kid cannot be computed .*expected random-conv/);
  await refused("many --shard 1/9 --save-features x.npz", 2, /--shard 1\/9: there are 4 blocks/);
  await refused("many --save-features x.npz --metrics niqe", 2, /--metrics niqe: it is not computed from/);
  await refused(
    "many --save-features x.npz --metrics fid",
    1,
    /no network could be run, so nothing was saved/,
  );
  t.notOk(existsSync(inHome("x.npz")));
});

t.test("what has no weights is unavailable, and never replaced", async (t) => {
  const { report, stdout } = await findings(
    t,
    "a --against b --metrics fid,sfid,is,pr,kid,niqe,musiq,lpips",
    1,
  );
  t.ok(report.findings.every(({ value, reason }) => value === undefined && /weights missing/.test(reason!)));
  t.match(stdout, /^FID, SFID, IS, PR, KID: unavailable: weights missing: Inception-2015/m);
  const alone = await findings(t, "a --metrics psnr", 1);
  t.match(alone.of("PSNR")!.reason, /compares pictures in pairs, and there is no other set \(--against\)/);
});

t.test("the nsfwjs Inception: images, a .npz of them, and saved statistics agree", async (t) => {
  const name = "Frechet distance (nsfwjs Inception)";
  const direct = await findings(t, "a --against b --metrics nsfwjs --save-stats b.npz");
  const { value, n, reference } = direct.of(name)!;
  t.ok(value! > 0 && Number.isFinite(value), String(value));
  t.same([n, reference], [COUNT, COUNT]);
  t.notOk(
    direct.report.findings.some(({ metric }) => /\bFID\b/.test(metric)),
    "nothing is called FID",
  );
  t.ok(direct.of("precision (nsfwjs Inception)"));

  const data = new Uint8Array(Buffer.concat(pictures(1, 0)));
  writeFileSync(inHome("a.npz"), writeNpz([["arr_0", { shape: [COUNT, SIDE, SIDE, 3], data }]]));
  const saved = await findings(t, "a.npz --against b.npz --metrics nsfwjs");
  t.equal(saved.of(name)!.value, value, "bit for bit");
  t.match(saved.report.reference, { statistics: "b.npz" });
  t.match(
    saved.report.findings.find(({ metric }) => metric.startsWith("precision"))!.reason,
    /compare images, and the reference is a file of statistics/,
  );
});

t.test("a run against its own data, with the report in its folder", async (t) => {
  const trained = await imagefn("train tiny.yaml --steps 4 --set pretrain.steps=4 --out run");
  t.equal(trained.status, 0, trained.stderr);
  const { status, stdout, stderr } = await imagefnIn(home)("evaluate run --metrics ssim --count 20", { env });
  t.equal(status, 0, stderr);
  t.match(stdout, /^SSIM {2}-?0\.\d+ \+- .*\(20 pairs by number\)$/m);
  const report = JSON.parse(readFileSync(inHome("run", "metrics.json"), "utf8"));
  t.match(report, {
    samples: { run: "run", n: 20, ema: 0.9 },
    reference: { n: 60, data: { kind: "avatars" } },
  });
  const heldOut = await findings(t, "run --metrics ssim --count 4 --held-out");
  t.match(heldOut.report.reference, { n: 4, part: "held-out" });
});

t.test("a network of one's own, and the nearest training images", async (t) => {
  const both = await findings(
    t,
    "a --against b --network means.onnx --metrics network,cmmd --nearest pairs.html",
  );
  const names = both.report.findings.map(({ metric }) => metric.replace(/[0-9a-f]{8}/, "SUM"));
  t.match(names, [
    "Frechet distance (means.onnx SUM)",
    "precision (means.onnx SUM)",
    "recall (means.onnx SUM)",
    "density (means.onnx SUM)",
    "coverage (means.onnx SUM)",
    "kernel distance (means.onnx SUM)",
    "CMMD (means.onnx SUM)",
    "nearest-picture likeness (means.onnx SUM)",
  ]);
  t.match(
    readFileSync(inHome("pairs.html"), "utf8"),
    /<b>\d\.\d{4}<\/b>, \d+\.\d of 255 apart<br>sample \d, /,
  );
  // Only the page was asked for. The run keeps four images out of training.
  const page = await findings(t, "run --network means.onnx --nearest of-run.png --count 4");
  t.match(page.report, { samples: { run: "run", n: 4 }, reference: { n: 60 } });
  t.match(page.report.findings, [
    { n: 4, reference: 60 },
    { metric: /^nearest-picture likeness of held-out pictures/, n: 4 },
  ]);
  t.equal(readFileSync(inHome("of-run.png")).readUInt32BE(0), 0x89504e47);

  const refused = async (args: string, message: RegExp) => {
    const ended = await imagefn(`evaluate ${args}`);
    t.equal(ended.status, 2, args);
    t.match(paragraph(ended), message);
  };
  await refused("a --against b --metrics cmmd", /--metrics cmmd requires --network FILE/);
  await refused("a --against b --network-set mean=0", /--network-set requires --network FILE/);
  await refused(
    "a --against b --network bare.onnx --metrics network",
    /does not say its mean and std.*For example, use --network-set mean=0\.485,/s,
  );
  await refused("a --network bare.onnx --network-set std", /Expected FIELD=VALUE/);
  await refused("a --network bare.onnx --network-set std=1 --network-set std=2", /std is given twice/);
  await refused("a --network bare.onnx --network-set sdt=1", /--network: there is no field "sdt"/);
  await refused("a --against b --nearest pairs.txt", /expected a name that ends in \.html or \.png/);
  await refused("a --nearest pairs.html", /--nearest requires --against/);
  await refused("run --nearest pairs.html --held-out", /--held-out cannot be used with it/);
  await refused("run --nearest pairs.html --save-stats s.npz", /requires --metrics/);
});

t.test("bad input", async (t) => {
  const refused = async (args: string, status: number, message: RegExp) => {
    const ended = await imagefn(args);
    t.equal(ended.status, status, args);
    t.match(paragraph(ended), message);
    t.notMatch(ended.stderr, /IMAGEFN_DEBUG/);
  };
  mkdirSync(inHome("empty"));
  writeFileSync(inHome("short.npz"), readFileSync(inHome("a.npz")).subarray(0, 300));
  await refused("evaluate nowhere", 1, /nowhere contains no samples/);
  await refused("evaluate empty", 1, /empty holds no PNG, JPEG or WebP file/);
  await refused("evaluate short.npz", 1, /short\.npz/);
  await refused("evaluate a --metrics fidd", 2, /Expected a comma list of fid/);
  await refused("evaluate a --against a --held-out", 2, /--held-out requires a run/);
  writeFileSync(inHome("all.yaml"), yamlOf({ data: { ...tinyRun.data, heldOut: 0 } }));
  await refused(
    "evaluate a --against all.yaml --held-out",
    1,
    /--held-out: all keeps no images out of training/,
  );
  await refused("evaluate a --metrics psnr --save-stats s.npz", 1, /no statistics to save/);
  t.notOk(existsSync(inHome("s.npz")));
});

t.test("imagefn weights says what is missing and where it looked", async (t) => {
  writeFileSync(inHome("a", "niqe_pris_params.npz"), "x");
  const { stdout } = await imagefn("weights --weights a");
  t.match(stdout, /^Looked in: a, /);
  t.match(
    stdout,
    /niqe: .*\n {2}found: .*niqe_pris_params\.npz\n {2}sha256 [0-9a-f]{64} \(not the published file/,
  );
  t.match(stdout, /inception: .*\n {2}missing: pt_inception-2015-12-05-6726825d\.pth/);
  const json = JSON.parse((await imagefn("weights --json")).stdout);
  t.ok(json.files.some(({ name, path }: { name: string; path: null }) => name === "vgg16" && path === null));
});
