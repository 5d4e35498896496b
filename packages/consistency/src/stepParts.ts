// A training step as one program, or as two with an exchange between them: gradients, and what is done with them.
import {
  grad,
  leaves,
  mul,
  type Program,
  type ProgramResult,
  program,
  type Shape,
  type Tensor,
  unflatten,
} from "@imagefn/ops";

type Tensors = Record<string, Tensor>;

/** What a step is made of. States are trees with shapes in descriptions, and trees of tensors in functions. */
export interface StepParts<S> {
  readonly state: S;
  /** The part of the state that the loss reads. */
  readonly network: Partial<S>;
  /** Shapes of what the loss is given, for a share of the batch. */
  readonly given: Readonly<Record<string, Shape>>;
  /** Shapes of what the update is given. */
  readonly rates: Readonly<Record<string, Shape>>;
  /** A scalar: the mean over the samples. */
  loss(state: S, inputs: Tensors): Tensor;
  /** Paths of the parameters that learn; all of them if left out. */
  learns?(state: S, loss: Tensor): ReadonlySet<string>;
  /** The next state. `params` and `gradients` are trees of those that learn. */
  update(state: S, params: unknown, gradients: unknown, rates: Tensors): ProgramResult;
}

/** Any step. */
// biome-ignore lint/suspicious/noExplicitAny: each step has a state of its own kind, which only its functions look into
export type AnyStep = StepParts<any>;

/** Those of the leaves of a tree that have one of these paths, by path. */
export const partOf = (tree: unknown, paths: ReadonlySet<string>): Tensors =>
  Object.fromEntries(leaves<Tensor>(tree).filter(([path]) => paths.has(path)));

const learning = (state: unknown, paths: ReadonlySet<string> | undefined): unknown => {
  const { params } = state as { params: unknown };
  return paths ? partOf(params, paths) : params;
};

/** The step as one program: outputs `loss` and those of the update. */
export function wholeStep(step: AnyStep): Program {
  return program({ state: step.state, inputs: { ...step.given, ...step.rates } }, (state, inputs) => {
    const loss = step.loss(state, inputs);
    const params = learning(state, step.learns?.(state, loss));
    const { state: next, outputs } = step.update(state, params, grad(loss, params), inputs);
    return { state: next, outputs: { loss, ...outputs } };
  });
}

/** A step in two programs, and the array of numbers that goes between them. */
export interface SplitStep {
  /** Reads the network; outputs `loss` and the gradients by name, each divided by `shares`. */
  readonly gradients: Program;
  /** Takes the gradients by the same names, and moves the state on. */
  readonly update: Program;
  /** How many numbers each gradient has, in the order in which they lie one after another. */
  readonly lengths: ReadonlyMap<string, number>;
}

/**
 * The step in two programs: the same operations on the same numbers as in one.
 * @param shares of how many equal shares of a batch the gradients are summed up: dividing the loss, the program gives parts of
 * their mean, and no pass over all numbers is needed. For powers of two that are the bits of dividing the sum.
 */
export function splitStep(step: AnyStep, shares = 1): SplitStep {
  let paths: ReadonlySet<string> | undefined;
  const name = (path: string) => `gradient.${path}`;
  const gradients = program({ state: step.network, inputs: step.given }, (state, inputs) => {
    const mean = step.loss(state, inputs);
    const loss = shares > 1 ? mul(mean, 1 / shares) : mean;
    paths = step.learns?.(state, loss);
    const found = leaves<Tensor>(grad(loss, learning(state, paths)));
    return { outputs: { ...Object.fromEntries(found.map(([path, x]) => [name(path), x])), loss } };
  });
  const shapes = [...gradients.outputs].flatMap(([key, { shape }]) =>
    key === "loss" ? [] : [[key, shape] as const],
  );
  const update = program(
    { state: step.state, inputs: { ...Object.fromEntries(shapes), ...step.rates } },
    (state, inputs) => {
      const params = learning(state, paths);
      const byPath = new Map(leaves<Tensor>(params).map(([path]) => [path, inputs[name(path)]]));
      return step.update(state, params, unflatten(params, byPath), inputs);
    },
  );
  const lengths = new Map(shapes.map(([key, shape]) => [key, shape.reduce((a, b) => a * b, 1)]));
  return { gradients, update, lengths };
}
