// The same training on two engines: every part of a step, three steps, from the same state.
import { consistencyTrainer, initPretrainState, pretrainer, type Trainer } from "@imagefn/consistency";
import { adam, type Engine, engine as engineNamed, random } from "@imagefn/ops";
import { difference } from "@imagefn/ops/testing";
import t, { type Test } from "tap";
import {
  awake,
  initialState,
  engine as onnx,
  pretrainerOptions,
  tinyCmFunc,
  trainerOptions,
} from "./generators.js";

const { engine: gpujs } = await engineNamed({ name: "gpujs:cpu" });
const params = awake(tinyCmFunc.init(random(3)));
const tolerance = { rtol: 1e-4, atol: 1e-4 };

async function compare(t: Test, start: (engine: Engine) => Promise<Trainer>) {
  const [a, b] = [await start(onnx), await start(gpujs)];
  for (let k = 0; k < 3; k++) {
    const [one, two] = [await a.step(k, 3), await b.step(k, 3)];
    t.equal(difference([two.loss], [one.loss], tolerance), undefined, `loss of step ${k}`);
  }
  const [one, two] = [await a.read(), await b.read()];
  t.same([...two.keys()], [...one.keys()]);
  const moments = (path: string) => path.startsWith("moments.");
  const wrong = [...one].flatMap(([path, { data }]) => {
    // Sums of gradients of any size keep their relative error.
    const largest = moments(path) ? data.reduce((most, v) => Math.max(most, Math.abs(v)), 0) : 1;
    const found = difference(two.get(path)!.data, data, { rtol: 1e-4, atol: 1e-4 * Math.max(largest, 1e-6) });
    return found ? [`${path}: ${found}`] : [];
  });
  t.same(wrong, []);
  await Promise.all([a.dispose(), b.dispose()]);
}

t.test("consistency training", (t) =>
  compare(t, (engine) => {
    const options = trainerOptions(tinyCmFunc, 2, { engine, clipNorm: 1, learningRate: 0.01 });
    return consistencyTrainer(options, initialState(options, params));
  }),
);

t.test("pre-training", (t) =>
  compare(t, (engine) => pretrainer(pretrainerOptions(2, { engine }), initPretrainState(params, adam()))),
);
