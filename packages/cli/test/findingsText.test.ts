// Findings as people see them at a terminal.
import { findWeights, missingWeights } from "@imagefn/metrics";
import t from "tap";
import { findingsText, withFlags } from "../dist/findingsText.js";

const weights = async (name: "inception" | "niqe") => ({
  metric: name.toUpperCase(),
  code: "missing-weights" as const,
  weights: name,
  reason: missingWeights(await findWeights(name, { env: {} })),
});
const alone = { metric: "PSNR", code: "no-reference" as const, reason: "unavailable: alone" };

t.test("numbers first, then reasons with flags and commands", async (t) => {
  const text = findingsText([
    alone,
    { metric: "FID", value: 12.3456789, n: 10, reference: 20 },
    await weights("inception"),
    { metric: "PSNR", value: 1234.56, std: 0.5, n: 3 },
    { metric: "SSIM", value: Number.NEGATIVE_INFINITY, n: 1 },
    {
      metric: "PSNR",
      value: 30,
      n: 1,
      equal: 2,
      note: "2 of 3 pairs are equal",
      settings: { pairs: "by name" },
    },
    { metric: "LPIPS", value: 0.5, n: 8, settings: { pairs: "by number" } },
    { metric: "PSNR", code: "unmatched", reason: "could not be measured, because x" },
    await weights("niqe"),
    { metric: "MUSIQ", code: "no-value", reason: "unavailable: no value" },
  ]);
  t.same(text.split("\n"), [
    "FID    12.346  (10 images against 20)",
    "PSNR   1234.6 +- 0.50000  (3 images)",
    "SSIM   -Infinity  (1 image)",
    "PSNR   30.000  (1 pair by name; 2 of 3 pairs are equal)",
    "LPIPS  0.50000  (8 pairs by number)",
    "PSNR: unavailable: alone (--against)",
    "INCEPTION: unavailable: weights missing: Inception-2015, the network of FID " +
      "(pt_inception-2015-12-05-6726825d.pth or another); see `imagefn weights`",
    "PSNR: could not be measured, because x (--skip-unmatched leaves them out)",
    "NIQE: unavailable: weights missing: NIQE's model of pristine pictures (niqe_pris_params.npz); " +
      "see `imagefn weights`",
    "MUSIQ: unavailable: no value",
  ]);
});

t.test("the report has whole reasons, and no codes", async (t) => {
  const measure = { metric: "FID", value: 1, n: 2 };
  const missing = await weights("niqe");
  t.same(withFlags([measure, alone, missing]), [
    measure,
    { metric: "PSNR", reason: "unavailable: alone (--against)" },
    { metric: "NIQE", reason: missing.reason },
  ]);
});
