// A run against its own data, and against others.
import { join } from "node:path";
import { openRun, train } from "@imagefn/runs";
import t from "tap";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const run = await train(tiny, { out: join(home, "run"), isolate: false });

t.test("a run against its own data", async (t) => {
  const { samples, reference, findings } = await run.evaluate({ metrics: ["ssim"], count: 20 });
  t.match(samples, { run: run.path, n: 20, ema: 0.9 });
  t.match(reference, { n: 60, data: { kind: "avatars" } });
  t.match(findings, [{ metric: "SSIM", value: Number, n: 20 }]);
  const heldOut = await run.evaluate({ metrics: ["ssim"], count: 20, heldOut: true });
  t.match(heldOut.reference, { n: 4, part: "held-out" });
});

t.test("held-out images that are not there", async (t) => {
  const all = { ...tiny, name: "all", data: { ...tiny.data, heldOut: 0 } };
  const whole = await train(all, { out: join(home, "all"), isolate: false });
  await t.rejects((await openRun(whole.path)).evaluate({ heldOut: true }), {
    code: "invalid-data",
    message: /^heldOut: all keeps no images out of training/,
    details: { option: "heldOut" },
  });
  await t.rejects(run.evaluate({ heldOut: true, reference: join(home, "run", "samples") }), {
    code: "invalid-option",
    message: /^heldOut requires a run/,
    details: { option: "heldOut" },
  });
});
