// What a network costs: measured without training, and refused where the machine has not the memory for it.
import { networkCost, resolveConfig } from "@imagefn/runs";
import t from "tap";

t.setTimeout(120_000);

const config = (values: object) =>
  resolveConfig("avatars-tiny", [
    { source: "a test", values: { engine: { name: "onnx", threads: 1 }, train: { batch: 2 } } },
    { source: "a test", values: values as Record<string, never> },
  ]);

t.test("memory and time of a network of functions, with pre-training", async (t) => {
  const small = {
    dim: 16,
    heads: 2,
    encoderDepth: 1,
    decoderDepth: 1,
    inr: { depth: 3, width: 16, groups: 4 },
  };
  const found = await networkCost(config({ generator: { func: small } }));
  t.equal(found.error, undefined);
  t.ok(found.parameters > 1000 && found.parameters < 100_000, `${found.parameters} parameters`);
  t.ok(found.peakBytes! > 2 ** 26 && found.peakBytes! < 2 ** 31, `${found.peakBytes} bytes`);
  for (const seconds of [found.trainStepSeconds, found.sampleSeconds, found.pretrainStepSeconds])
    t.ok(seconds! > 0 && seconds! < 20, `${seconds} s`);
});

t.test("what does not fit or ends early says why", async (t) => {
  const unet = { channels: 4096, multipliers: [1, 8, 16, 32], groups: 4, headChannels: 64 };
  const large = await networkCost(config({ generator: { kind: "unet", unet } }));
  t.ok(large.parameters > 1e11);
  t.match(large, {
    error: /^training takes \d+\.\d GiB or more, and \d+\.\d GiB are free$/,
    peakBytes: undefined,
  });
  const short = await networkCost(config({}), { seconds: 0.05 });
  t.match(short, { error: /^no answer within 0\.05 seconds/, trainStepSeconds: undefined });
  const aborted = networkCost(config({}), { signal: AbortSignal.abort(new Error("enough")) });
  await t.rejects(aborted, { message: "enough" });
});
