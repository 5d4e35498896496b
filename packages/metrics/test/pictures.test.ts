// Metrics that compare two pictures: PSNR.
import { psnr } from "@imagefn/metrics";
import t from "tap";

t.test("psnr", async (t) => {
  t.equal(psnr([0, 0, 0, 0], [255, 255, 255, 255]), 0);
  t.ok(Math.abs(psnr([10, 20], [11, 19]) - 48.1308036086791) < 1e-9, "20 log10 255");
  t.ok(Math.abs(psnr([0, 0.5], [0.1, 0.5], { range: 1 }) - 10 * Math.log10(200)) < 1e-9);
  t.equal(psnr([1, 2], [1, 2]), Infinity);
  t.throws(() => psnr([1], [1, 2]), /two pictures of one size \(got 1 and 2 numbers\)/);
});
