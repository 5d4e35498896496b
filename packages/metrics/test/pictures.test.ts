// Metrics of one picture, and of a picture and its copy.
import { existsSync, readFileSync } from "node:fs";
import { niqe, psnr, readNpz, ssim } from "@imagefn/metrics";
import t from "tap";
import { expected, picture } from "./inputs.js";

const near = (a: number, b: number, rtol: number) => Math.abs(a - b) <= rtol * Math.abs(b);
const one = picture(3, 40, 50, 60);
const two = picture(3, 40, 50, 90);
const scaled = (p: typeof one) => ({ ...p, data: Float64Array.from(p.data, (v) => v / 255) });

t.test("psnr", async (t) => {
  t.ok(near(psnr(one.data, two.data), expected.psnr, 1e-12), "as scikit-image");
  t.ok(near(psnr(scaled(one).data, scaled(two).data, { range: 1 }), expected.psnr, 1e-12));
  t.equal(psnr([0, 0, 0, 0], [255, 255, 255, 255]), 0);
  t.ok(near(psnr([10, 20], [11, 19]), 20 * Math.log10(255), 1e-12));
  t.equal(psnr([1, 2], [1, 2]), Infinity);
  t.throws(() => psnr([1], [1, 2]), /two pictures of one size \(got 1 and 2 numbers\)/);
});

t.test("ssim", async (t) => {
  t.ok(near(ssim(one, two), expected.ssim, 1e-10), "as scikit-image");
  t.ok(near(ssim(scaled(one), scaled(two), { range: 1 }), expected.ssim, 1e-10));
  t.equal(ssim(one, one), 1);
  const noisier = [60, 90, 120, 200].map((noise) => ssim(one, picture(3, 40, 50, noise)));
  t.same(
    noisier,
    [...noisier].sort((a, b) => b - a),
    "falls with the noise",
  );
  t.throws(() => ssim(one, picture(3, 50, 40, 1)), /one size \(got 50 x 40 and 40 x 50/);
  t.throws(() => ssim(picture(1, 10, 20, 1), picture(1, 10, 20, 1)), /at least 11 x 11 \(got 20 x 10\)/);
  t.throws(() => ssim({ ...one, width: 49 }, one), /planar \[channels, height, width\]/);
});

const gaussian = Array.from({ length: 49 }, (_, k) => {
  return Math.exp(-((Math.floor(k / 7) - 3) ** 2 + ((k % 7) - 3) ** 2) / (2 * (7 / 6) ** 2));
});
const total = gaussian.reduce((a, b) => a + b, 0);
/** Mean 0 and covariance I: not of photographs, but a model. */
const model = {
  muPris: new Float64Array(36),
  covPris: Float64Array.from({ length: 36 * 36 }, (_, k) => +(k % 37 === 0)),
  window: gaussian.map((g) => g / total),
};

t.test("niqe", async (t) => {
  const large = picture(3, 210, 300, 100);
  const { value, label } = niqe(large, model);
  t.equal(label, "NIQE");
  t.ok(near(value, expected.niqe, 1e-9), `as scipy (${value}, ${expected.niqe})`);
  t.ok(near(niqe(scaled(large), model, { range: 1 }).value, value, 1e-12));

  const grey = { ...large, data: Array.from(large.data).slice(0, 210 * 300) };
  const three = { ...large, data: [...grey.data, ...grey.data, ...grey.data] };
  t.equal(niqe(grey, model).value, niqe(three, model).value);
});

t.test("niqe of small pictures has another name", async (t) => {
  const { value, label } = niqe(picture(3, 32, 32, 100), model);
  t.equal(label, "NIQE@192");
  t.ok(near(value, expected["niqe@192"], 1e-9), `as Pillow and scipy (${value}, ${expected["niqe@192"]})`);
  t.equal(niqe(picture(3, 95, 300, 50), model).label, "NIQE@192");
  t.equal(niqe(picture(3, 96, 96, 50), model).label, "NIQE");
});

t.test("niqe of BasicSR's luma", async (t) => {
  const options = { colorSpace: "ycbcr" } as const;
  const { value, label } = niqe(picture(3, 210, 300, 100), model, options);
  t.equal(label, "NIQE (ycbcr)");
  t.ok(near(value, expected["niqe ycbcr"], 1e-9), `as numpy and scipy (${value})`);
  t.notOk(near(value, expected.niqe, 1e-4), "another number");
  const small = niqe(picture(3, 32, 32, 100), model, options);
  t.equal(small.label, "NIQE@192 (ycbcr)");
  t.ok(near(small.value, expected["niqe@192 ycbcr"], 1e-9), String(small.value));
  const grey = picture(1, 100, 100, 50);
  t.equal(niqe(grey, model, options).value, niqe(grey, model).value, "grey pictures are luma already");
  t.throws(() => niqe(grey, model, { colorSpace: "rgb" as never }), /"rgb" \(expected yiq, ycbcr\)/);
});

const folder =
  process.env.IMAGEFN_TEST_WEIGHTS ?? new URL("../../../../shared/weights", import.meta.url).pathname;
const file = `${folder}/niqe_pris_params.npz`;
const skip = existsSync(file) ? false : `there is no ${file}: set IMAGEFN_TEST_WEIGHTS`;

t.test("niqe with the model of photographs", { skip }, async (t) => {
  const arrays = readNpz(readFileSync(file));
  const read = (name: string) => Float64Array.from(arrays.get(name)!.data);
  const pristine = {
    muPris: read("mu_pris_param"),
    covPris: read("cov_pris_param"),
    window: read("gaussian_window"),
  };
  const { value } = niqe(picture(3, 210, 300, 100), pristine);
  t.ok(near(value, expected["pristine niqe"], 1e-9), `as scipy (${value})`);
  const small = niqe(picture(3, 32, 32, 100), pristine);
  t.ok(near(small.value, expected["pristine niqe@192"], 1e-9), `as Pillow and scipy (${small.value})`);
});

t.test("niqe of what it cannot judge", async (t) => {
  const flat = { width: 96, height: 96, data: new Uint8Array(3 * 96 * 96).fill(90) };
  t.ok(Number.isNaN(niqe(flat, model).value));
  t.throws(() => niqe(picture(2, 96, 96, 1), model), /RGB or grey pictures \(got 2 channels\)/);
  t.throws(() => niqe(one, { ...model, muPris: [1] }), /\(got 1, 1296, 49 numbers\)/);
  t.throws(() => niqe(one, { ...model, covPris: new Float64Array(1296) }), /singular \(rank/);
});
