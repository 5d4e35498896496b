// How fast samplers are: images per second at one size, and at three sizes of each signal (the paper, appendix D).
import { type Engine, type HostArray, leaves, random } from "@imagefn/ops";
import {
  BATCH,
  type Config,
  drawn,
  isFunction,
  type Network,
  networkOf,
  type Sample,
  sampler,
  samplingOf,
} from "@imagefn/runs";

/** The sizes of the paper's multi-resolution rate. */
export const SIZES = [32, 64, 128] as const;

/** Batches that warm up and are not counted, and the least number of counted batches. */
const WARM_UP = 2;
const BATCHES = 3;

/** How a speed is measured. */
export interface RateOptions {
  /** The least time of each measurement. */
  readonly seconds: number;
  /** Called before a network is compiled, with its size. */
  readonly onProgress: (what: string) => void;
  readonly signal?: AbortSignal;
}

/** Sampling rates of a generator on this machine, in batches of 16. */
export interface Rates {
  /** Images per second at the training size. */
  readonly single: number;
  /** Images per second over 32, 64 and 128 pixels. */
  readonly multi: number;
}

/** Seconds that one sample takes. */
export interface Timing {
  /** Making an image function; 0 for generators of images. */
  readonly once: number;
  /** By side: drawing the function, or generating an image with a network for that side. */
  readonly at: ReadonlyMap<number, number>;
}

/**
 * Times of a configuration. Speed does not depend on the weights, so networks have random ones, and those of sides other
 * than the training size are made for the purpose.
 */
export async function timing(
  engine: Engine,
  config: Config,
  classes: number,
  sides: readonly number[],
  options: RateOptions,
): Promise<Timing> {
  const { onProgress } = options;
  const { size } = config.data;
  onProgress(`${size}x${size}`);
  const native = await generation(engine, networkOf(config, classes), config, options);
  const at = new Map<number, number>();
  for (const side of new Set(sides)) {
    if (isFunction(native.sample)) at.set(side, await rendering(engine, native.sample, side, options));
    else if (side !== size) {
      onProgress(`${side}x${side}`);
      at.set(
        side,
        (await generation(engine, networkOf(atSize(config, side), classes), config, options)).seconds,
      );
    } else at.set(side, native.seconds);
  }
  return { once: isFunction(native.sample) ? native.seconds : 0, at };
}

/**
 * Sampling rates of a configuration. A function is made once and drawn three times, 3 n / sum(T + R32 + R64 + R128);
 * generators of one size need three networks, 3 n / sum(T32 + T64 + T128).
 */
export async function rates(
  engine: Engine,
  config: Config,
  classes: number,
  options: RateOptions,
): Promise<Rates> {
  const { size } = config.data;
  const { once, at } = await timing(engine, config, classes, [size, ...SIZES], options);
  const all = SIZES.reduce((sum, side) => sum + at.get(side)!, once);
  return { single: 1 / (once + at.get(size)!), multi: SIZES.length / all };
}

/** Seconds that one sample takes in a batch, and a sample. */
async function generation(
  engine: Engine,
  network: Network,
  { train }: Config,
  options: RateOptions,
): Promise<{ seconds: number; sample: Sample }> {
  const weights = new Map(leaves<HostArray>(network.init(random(0))));
  const own = await sampler(engine, network, weights, samplingOf(train));
  const labels = network.classes > 0 ? Array<number>(BATCH).fill(0) : undefined;
  let sample: Sample | undefined;
  const seconds = await time(async () => {
    [sample] = await own.samples({ count: BATCH, seed: 0, labels });
  }, options);
  await own.dispose();
  return { seconds: seconds / BATCH, sample: sample! };
}

/** Seconds that drawing one function takes. */
async function rendering(
  engine: Engine,
  sample: Sample,
  side: number,
  options: RateOptions,
): Promise<number> {
  const rows = drawn(engine, sample, [side, side]);
  const seconds = await time(async () => {
    for (let i = 0; i < BATCH; i++) for await (const _ of rows());
  }, options);
  return seconds / BATCH;
}

/** Mean seconds of a call over the time of the options at least, after some calls that warm up. */
async function time(
  call: () => Promise<void>,
  { seconds, signal }: Pick<RateOptions, "seconds" | "signal">,
): Promise<number> {
  for (let i = 0; i < WARM_UP; i++) await call();
  const began = performance.now();
  let calls = 0;
  while (calls < BATCHES || performance.now() - began < seconds * 1000) {
    signal?.throwIfAborted();
    await call();
    calls++;
  }
  return (performance.now() - began) / 1000 / calls;
}

/** A configuration for another size: above the training size patches grow with the image, as the paper's do. */
export function atSize(config: Config, side: number): Config {
  const data = { ...config.data, size: side };
  const { kind } = config.generator;
  const own = config.generator[kind];
  if (!("patch" in own)) return { ...config, data };
  const patch = own.patch * Math.max(1, Math.round(side / config.data.size));
  return { ...config, data, generator: { ...config.generator, [kind]: { ...own, patch } } };
}
