// The PSNR formula.
import { psnr } from "@imagefn/ops";
import t from "tap";

t.test("decibels of a mean squared error", async (t) => {
  t.equal(psnr(255 ** 2, 255), 0, "black against white");
  t.equal(psnr(1, 10), 20, "a tenth of the peak, by root mean square");
  t.ok(Math.abs(psnr(0.01, 2) - 10 * Math.log10(400)) < 1e-12);
  t.equal(psnr(0, 255), Number.POSITIVE_INFINITY, "no error");
});
