// How fast a configuration samples: its weights do not matter, so equal networks are timed once.
import { join } from "node:path";
import type { Config } from "@imagefn/runs";
import { timing } from "../../compare/rates.js";
import type { Measure } from "../experiment.js";

/** What the speed of a network depends on. */
const networkOf = ({ data, generator, engine }: Config) => ({
  size: data.size,
  kind: generator.kind,
  ...generator[generator.kind],
  engine,
});

/** Seconds of one sample at the given sides, or at the training size. */
export const timingMeasure = (sides: readonly number[] | "own"): Measure => ({
  name: "speed",
  // Each side has a network to compile and to warm up, or drawings of its own.
  seconds: ({ seconds }) => (sides === "own" ? 2 : sides.length + 1) * (seconds + 2),
  async measure({ config, contender }, lab) {
    const wanted = sides === "own" ? [config.data.size] : sides;
    const about = {
      network: networkOf(config),
      sides: wanted,
      seconds: lab.seconds,
      engine: lab.engine.name,
    };
    const measured = await lab.cached(join(lab.out, "timings"), config.generator.kind, about, async () => {
      const { once, at } = await timing(lab.engine, config, 0, wanted, {
        seconds: lab.seconds,
        onProgress: (what) =>
          lab.progress({ phase: `${contender.label}: speed at ${what}`, step: 0, total: null }),
      });
      return { once, at: Object.fromEntries(at) };
    });
    return { timing: measured };
  },
});
