// A run against its own data, and against others.
import { join } from "node:path";
import { onnxEngine } from "@imagefn/ops";
import { openRun, train } from "@imagefn/runs";
import t from "tap";
import { runSource } from "../dist/sampling/source.js";
import { openTrained } from "../dist/sampling/trained.js";
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

t.test("paths through the noise of a run", async (t) => {
  const trained = await openTrained(run.path, {});
  const source = runSource(await onnxEngine({ threads: 1 }), trained, 3);
  const speeds: number[] = [];
  for (const epsilon of [1e-2, 1e-3]) {
    const pictures: number[] = [];
    let [squares, n] = [0, 0];
    for await (const { batch, other } of source.paths!(20, epsilon)) {
      n += batch.shape[0];
      pictures.push(...batch.data);
      for (const [i, v] of batch.data.entries()) squares += (v - other.data[i]) ** 2;
    }
    t.equal(n, 20);
    speeds.push(squares / epsilon ** 2);
    const bytes: number[] = [];
    for await (const { data } of source.batches(20)) bytes.push(...data);
    t.ok(
      bytes.every((byte, i) => Math.abs(byte - (pictures[i] + 1) * 127.5) < 0.51),
      "they begin at the samples",
    );
  }
  t.ok(speeds[0] > 0 && Math.abs(speeds[0] / speeds[1] - 1) < 0.1, `${speeds}`);
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
