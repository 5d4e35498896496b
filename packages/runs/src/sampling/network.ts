// The generator and the engine of a configuration.
import type { Generator, GeneratorRecord } from "@imagefn/consistency";
import { type Engine, engine, type HostArray, leaves, random } from "@imagefn/ops";
import type { CmFunc } from "@imagefn/transformer";
import type { Config } from "../config/schema.js";
import { generators } from "../generators/index.js";
import { hasNullClass } from "../generators/nullClass.js";

/** A generator of image functions, or of images of one size. */
export type Network = CmFunc | (Generator & { readonly config: object });

/** Whether a generator's output is an image function, which can be rendered at any size. */
export const drawsFunctions = (generator: Network): generator is CmFunc => "generate" in generator;

/** The generator as configured, for images of its training size or of another. */
export function networkOf(config: Config, classes: number, side = config.data.size): Network {
  const { generator } = config;
  const record: GeneratorRecord<object, Network> = generators[generator.kind] as never;
  return record.make(generator[generator.kind], {
    size: [side, side],
    classes,
    ...(hasNullClass(config, classes) ? { nullClass: true } : {}),
  });
}

/** Number of parameters of a generator, counted from shapes. */
export const parameterCount = (generator: Network): number =>
  leaves<HostArray>(generator.init(random(0))).reduce(
    (n, [, { shape }]) => n + shape.reduce((a, b) => a * b, 1),
    0,
  );

/** The engine as configured, and why it was chosen. */
export const engineOf = ({
  engine: { name, threads, spinning },
}: {
  engine: Partial<Config["engine"]>;
}): Promise<{ engine: Engine; why: string }> => engine({ name, threads, spinning });

/** What a call asks for of a run's engine. */
export interface AskedEngine {
  readonly engine?: Config["engine"]["name"];
  readonly threads?: number;
}

/** A configuration with the engine that a call asks for. */
export const withEngine = (config: Config, { engine, threads }: AskedEngine): Config => ({
  ...config,
  engine: { ...config.engine, name: engine ?? config.engine.name, threads: threads ?? config.engine.threads },
});

/** The engine of a run, or the one that a call asks for. */
export async function engineFor(
  config: Config,
  asked: AskedEngine,
): Promise<{ engine: Engine; why: string; threads: number }> {
  const wanted = withEngine(config, asked);
  return { ...(await engineOf(wanted)), threads: wanted.engine.threads };
}
