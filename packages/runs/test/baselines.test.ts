// The generators of images: one size, no functions, several steps.
import { join, relative } from "node:path";
import { type GeneratorKind, type Progress, type Run, train } from "@imagefn/runs";
import t from "tap";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const runs = {} as Record<GeneratorKind, Run>;
let progress: Progress | undefined;
for (const generator of ["unet", "dit", "uvit"] as const)
  runs[generator] = await train(tiny, {
    out: join(home, generator),
    generator,
    isolate: false,
    onProgress(state) {
      progress = state;
    },
  });

t.test("progress ends with the last row", async (t) => {
  t.match(progress, { phase: "sample", step: 5 * 16, total: 5 * 16, unit: "rows" });
});

t.test("images of the baselines have one size and no function", async (t) => {
  const refused = (option: string, message: RegExp) => ({
    code: "invalid-option",
    details: { option },
    message,
  });
  await t.rejects(
    runs.unet.draw({ sizes: [[64, 64]] }),
    refused("size", /^size 64x64: a run of generator\.kind unet gives images .*16x16/),
  );
  await t.rejects(
    runs.dit.draw({ saveFunctions: true }),
    refused("saveFunctions", /gives images, not image functions/),
  );
  await t.rejects(
    runs.uvit.export({ what: "function" }),
    refused("what", /generator\.kind uvit, which makes images/),
  );
  await t.rejects(runs.uvit.export({ size: [64, 64] }), refused("size", /makes images of 16x16 only/));
  const paths = await runs.uvit.draw({ steps: 2, count: 2, out: join(home, "pictures") });
  t.same(
    paths.map((path) => relative(home, path)),
    ["pictures/step6-seed0-count2-levels2-16x16.png"],
  );
  for (const run of Object.values(runs)) {
    await t.rejects(run.sample({ count: 1 }), { code: "no-functions" });
    t.equal((await run.images({ count: 3 })).length, 3);
  }
});
