// The generator and the engine of a configuration.
import { type Engine, type EngineName, engine } from "@imagefn/ops";
import { type CmFunc, cmFunc } from "@imagefn/transformer";
import type { Config } from "../config.js";

/** CM-Func as configured. */
export function networkOf({ data, generator }: Config, classes: number): CmFunc {
  const { inr, coordinates, kind: _, variationalCoordinates: __, ...config } = generator;
  return cmFunc({ ...config, classes, inr: { ...inr, coordinates } }, [data.size, data.size]);
}

/** The engine as configured, with the reason where it was chosen for the user. */
export const engineOf = ({
  engine: { name, threads },
}: Pick<Config, "engine">): Promise<{ engine: Engine; why: string }> =>
  engine({ name: name.replace("gpujs-", "gpujs:") as EngineName, threads });
