// The gradient of one training step, and what the target shares with the student.
import {
  cIn,
  cOut,
  cSkip,
  type Generator,
  initTrainState,
  pseudoHuber,
  sigmaMin,
} from "@imagefn/consistency";
import { type HostArray, leaves, random } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import t from "tap";
import { awake, pixelwise, scaling, tinyCmFunc } from "./generators.js";
import { compile, gradientsOf, inputsOf, lossOf, others, stepOptions } from "./steps.js";

t.test("loss and gradient of a network with one parameter", async (t) => {
  const w = 0.3;
  /** The loss in float64 with the student at `student` and the target at `target`. */
  const byHand = (
    { images, noise, sigmaLow, sigmaHigh, weight }: ReturnType<typeof inputsOf>,
    student: number,
    target: number,
  ) => {
    const f = (w: number, i: number, sigma: number) =>
      (images[i] + sigma * noise[i]) * (cSkip(sigma) + cOut(sigma) * cIn(sigma) * w);
    const terms = Array.from(images, (_, i) => {
      const b = Math.floor(i / 12);
      return weight[b] * (f(student, i, sigmaHigh[b]) - f(target, i, sigmaLow[b])) ** 2;
    });
    return terms.reduce((a, b) => a + b, 0) / terms.length;
  };
  const slope = (f: (w: number) => number) => (f(w + 1e-4) - f(w - 1e-4)) / 2e-4;

  for (const targetEma of [false, true]) {
    const options = stepOptions(scaling, { targetEma });
    const state = initTrainState(scaling.init(random(0)), options);
    const apart = 0.7;
    if (targetEma) state.target = { w: { shape: [], data: Float32Array.of(apart) } };
    const runnable = await compile(options, state);
    const inputs = inputsOf(options);
    const target = targetEma ? apart : w;
    const loss = await lossOf(runnable, inputs);
    t.equal(difference([loss], [byHand(inputs, w, target)], { rtol: 1e-5, atol: 0 }), undefined, "loss");

    const { data } = (await gradientsOf(runnable)).get("w")!;
    const detached = slope((at) => byHand(inputs, at, target));
    t.equal(
      difference(data, [detached], { rtol: 1e-4, atol: 0 }),
      undefined,
      "no gradient flows through the target",
    );
    const through = slope((at) => byHand(inputs, at, at));
    t.ok(Math.abs(through / detached - 1) > 0.1, "a gradient through both would be another one");
  }
});

t.test("targets along the teacher's ODE: loss and gradient of a network with one parameter", async (t) => {
  const [w, target, teacher] = [0.3, 0.7, -0.4];
  const f = (w: number, x: number, sigma: number) => x * (cSkip(sigma) + cOut(sigma) * cIn(sigma) * w);
  const slope = (x: number, sigma: number) => (x - f(teacher, x, sigma)) / sigma;
  const moved = (x: number, high: number, low: number) => {
    const [h, first] = [low - high, slope(x, high)];
    return x + (h * (first + slope(x + h * first, low))) / 2;
  };
  const options = stepOptions(scaling, { trajectory: "teacher", denoise: 0.5 });
  const state = initTrainState(scaling.init(random(0)), options);
  const scalar = (value: number) => ({ w: { shape: [], data: Float32Array.of(value) } });
  const runnable = await compile(options, { ...state, target: scalar(target), teacher: scalar(teacher) });
  // The first image's target is the image itself.
  const inputs = {
    ...inputsOf(options, { sigmaLow: Float32Array.of(sigmaMin, 0.8, 1.5) }),
    teacherRate: 1,
  };
  const { images, noise, sigmaLow, sigmaHigh, weight } = inputs;
  const byHand = (student: number) => {
    const terms = Array.from(images, (image, i) => {
      const b = Math.floor(i / 12);
      const [high, low] = [sigmaHigh[b], sigmaLow[b]];
      const x = image + high * noise[i];
      const goal = b === 0 ? image + sigmaMin * noise[i] : f(target, moved(x, high, low), low);
      return weight[b] * (f(student, x, high) - goal) ** 2;
    });
    return terms.reduce((a, b) => a + b, 0) / terms.length;
  };
  const loss = await lossOf(runnable, inputs);
  t.equal(difference([loss], [byHand(w)], { rtol: 1e-5, atol: 0 }), undefined, "loss");
  const { data } = (await gradientsOf(runnable)).get("w")!;
  const numeric = (byHand(w + 1e-4) - byHand(w - 1e-4)) / 2e-4;
  t.equal(difference(data, [numeric], { rtol: 1e-4, atol: 0 }), undefined, "gradient");
});

t.test("gradients of a whole step, by central differences", async (t) => {
  const cases: [string, Generator, unknown, number][] = [
    ["every parameter of a network of pixels", pixelwise, pixelwise.init(random(3)), 1],
    ["directions in a CM-Func's parameters", tinyCmFunc, awake(tinyCmFunc.init(random(3))), 8],
  ];
  for (const [name, generator, params, directions] of cases) {
    const options = stepOptions(generator, { distance: pseudoHuber });
    const state = { ...initTrainState(params, options), target: others(params, 5) };
    const runnable = await compile(options, state);
    const inputs = inputsOf(options);
    await runnable.run(inputs);
    const gradient = await gradientsOf(runnable);
    const start = leaves<HostArray>(params);

    /** The loss with the parameters moved by h along a direction. */
    const moved = async (direction: ReadonlyMap<string, Float32Array>, h: number) => {
      const at = start.map(([path, { shape, data }]): [string, HostArray] => [
        `params.${path}`,
        { shape, data: data.map((v, i) => v + h * (direction.get(path)?.[i] ?? 0)) },
      ]);
      await runnable.write(new Map(at));
      return lossOf(runnable, inputs);
    };
    const all: Map<string, Float32Array>[] = [];
    if (directions === 1)
      for (const [path, { data }] of start)
        for (let i = 0; i < data.length; i++)
          all.push(new Map([[path, new Float32Array(data.length).fill(1, i, i + 1)]]));
    else
      for (let d = 0; d < directions; d++)
        all.push(
          new Map(start.map(([path, { data }]) => [path, random(d).stream(path).normal(data.length)])),
        );

    // Small along all parameters at once, so that few ReLUs change sides.
    const h = directions === 1 ? 2e-3 : 3e-4;
    const numeric: number[] = [];
    const exact: number[] = [];
    for (const direction of all) {
      numeric.push(((await moved(direction, h)) - (await moved(direction, -h))) / (2 * h));
      let dot = 0;
      for (const [path, d] of direction) d.forEach((v, i) => (dot += v * gradient.get(path)!.data[i]));
      exact.push(dot);
    }
    const largest = Math.max(...exact.map(Math.abs));
    t.ok(largest > 0.01, `${name}: there is a gradient`);
    t.equal(difference(exact, numeric, { rtol: 1e-2, atol: 5e-3 * largest }), undefined, name);
  }
});

t.test("student and target share noise and jitter: equal levels give no loss", async (t) => {
  const params = awake(tinyCmFunc.init(random(3)));
  for (const targetEma of [true, false]) {
    const options = stepOptions(tinyCmFunc, { targetEma });
    const runnable = await compile(options, initTrainState(params, options));
    const sigma = Float32Array.of(0.5, 1.2, 2);
    t.equal(await lossOf(runnable, inputsOf(options, { sigmaLow: sigma, sigmaHigh: sigma })), 0);
    t.ok((await lossOf(runnable, inputsOf(options))) > 1e-4, "other levels give one");
  }
});
