// Standard error of training as a process: our lines, and none of native libraries.
import t from "tap";
import { imagefnIn, tinyYaml } from "./tiny.js";

t.setTimeout(120_000);

t.test("nothing but our own lines is on stderr, with drivers of a GPU installed", async (t) => {
  const imagefn = imagefnIn(t.testdir({ "tiny.yaml": tinyYaml }));
  // With this, WebGPU is asked for an adapter everywhere: what it then prints depends on the machine.
  const env = { VK_ICD_FILENAMES: "/none" };
  const quick = "--set pretrain.steps=1 --set data.count=8 --set sample.count=1";
  const { status, stderr } = await imagefn(`train tiny.yaml --engine auto --quick --steps 1 ${quick}`, {
    env,
  });
  t.equal(status, 0, stderr);
  const ours =
    /^(run folder |\d+ images to train on|(data|pretrain|train|sample) +\d+\/\d+|pre-training finished|done: | {2}runs\/|explore it with: |report: )/;
  t.same(
    stderr.split("\n").filter((line) => line !== "" && !ours.test(line)),
    [],
  );
});
