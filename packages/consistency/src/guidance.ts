// Classifier-free guidance (Ho & Salimans 2022): from what a network makes without a class through what it makes with one.
import { add, constant, mul, type Random, type Runnable, sub, type Tensor } from "@imagefn/ops";
import type { Generator } from "./generator.js";

/**
 * D_w = D_null + w (D_c - D_null), in a graph: x [batch, 3, h, w], sigma [batch] -> [batch, 3, h, w] (Ho & Salimans 2022, Eq. 6,
 * whose w is one less). 1: the class alone.
 * @param ofClass D_c, told the classes
 * @param ofNone D_null, told none
 */
export function guidedDenoiser(
  ofClass: (x: Tensor, sigma: Tensor) => Tensor,
  ofNone: (x: Tensor, sigma: Tensor) => Tensor,
  w: number,
): (x: Tensor, sigma: Tensor) => Tensor {
  return (x, sigma) => {
    const none = ofNone(x, sigma);
    return add(none, mul(sub(ofClass(x, sigma), none), w));
  };
}

/** The label for no class, once for each of a batch. @throws for a generator without one */
export function nullLabels(generator: Generator, batch: number): Float32Array {
  const { nullLabel } = generator;
  if (nullLabel === undefined)
    throw new Error(
      "consistency: guidance needs a generator with a label for no class (got one without, expected nullClass true)",
    );
  return new Float32Array(batch).fill(nullLabel);
}

/** The same as a tensor of a graph. */
export const nullLabelTensor = (generator: Generator, batch: number): Tensor =>
  constant({ shape: [batch], data: nullLabels(generator, batch) });

/**
 * A compiled `denoiser` whose images are f_S = f_null + S (f_c - f_null): for `sample`, `beforeLastStep` and
 * `consistencyModel`. 1 is the denoiser itself, 0 the class left out; any other scale evaluates the network twice.
 * @throws for a scale that is not a finite number of at least 0, or a generator without a label for no class
 */
export function guided(runnable: Runnable, generator: Generator, batch: number, scale: number): Runnable {
  if (!(Number.isFinite(scale) && scale >= 0))
    throw new Error(`consistency: guidance must be a number of at least 0 (got ${scale})`);
  if (scale === 1) return runnable;
  const labels = nullLabels(generator, batch);
  return {
    ...runnable,
    async run(inputs, into) {
      const none = await runnable.run({ ...inputs, labels }, into);
      if (scale === 0) return none;
      const without = none.image.data.slice();
      const own = await runnable.run(inputs, into);
      const { data } = own.image;
      for (let i = 0; i < data.length; i++) data[i] = without[i] + scale * (data[i] - without[i]);
      return own;
    },
  };
}

/**
 * Labels of a step with some of them dropped: each becomes the label for no class with a probability of its own draw, by the
 * number of its sample, whatever the batch (Ho & Salimans 2022, algorithm 1).
 * @param labels class numbers [batch]
 * @param first number of the first sample, of all samples ever drawn
 */
export function droppedLabels(
  labels: Float32Array,
  {
    nullLabel,
    dropout,
    random,
    first,
  }: { nullLabel: number; dropout: number; random: Random; first: number },
): Float32Array {
  return labels.map((label, b) => (random.uniform(1, first + b)[0] < dropout ? nullLabel : label));
}
