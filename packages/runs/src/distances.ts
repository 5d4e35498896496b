// Every distance that a configuration can train with: those of @imagefn/consistency, and LPIPS with its weight files.
import { ImagefnError } from "@imagefn/base";
import { type Distance, type DistanceRecord, distances as plain } from "@imagefn/consistency";
import type { LpipsNetwork, WeightName } from "@imagefn/metrics";

/** What a distance can be made from. */
export interface DistanceContext {
  /** Folders to look for weight files in first. */
  readonly weights: readonly string[];
  readonly train: {
    readonly lpips: {
      readonly network: LpipsNetwork;
      readonly pooling: "average" | "max";
      readonly size: number | null;
    };
  };
}

/** The weight files of LPIPS's networks. */
export const trunks = { vgg: "vgg16", alex: "alexnet", squeeze: "squeezenet" } as const;

const lpips = {
  name: "lpips",
  title: "LPIPS",
  description: "of features of a network that was trained on photographs (Zhang et al. 2018)",
  /** @throws ImagefnError `missing-weights` */
  async make({ weights: folders, train: { lpips } }: DistanceContext): Promise<Distance> {
    // Loaded on use: metrics bring native libraries, and no other distance needs them.
    const { findWeights, frozen, lpipsDistance, lpipsWeights, missingWeights, readWeights } = await import(
      "@imagefn/metrics"
    );
    const { network, pooling, size } = lpips;
    const files = [];
    for (const name of [trunks[network], `lpips-${network}`] satisfies WeightName[]) {
      const found = await findWeights(name, { folders });
      if (found.path === undefined)
        throw new ImagefnError(
          "missing-weights",
          `train.distance is lpips, which is ${missingWeights(found)} The distances ${plain
            .map((one) => one.name)
            .join(", ")} need no weights.`,
          { field: "train.distance", weights: name },
        );
      files.push(await readWeights(found.path));
    }
    const params = frozen(lpipsWeights(network, ...files));
    return (a, b) => lpipsDistance(params, a, b, { network, pooling, size: size ?? undefined });
  },
} as const;

/** The records. A new distance needs a file in @imagefn/consistency and an entry in the list there. */
export const distances = [...plain, lpips] as const satisfies readonly DistanceRecord<DistanceContext>[];

export type DistanceName = (typeof distances)[number]["name"];

/** Names for `train.distance`. */
export const distanceNames = distances.map(({ name }) => name) as [DistanceName, ...DistanceName[]];

/** The distance as configured. */
export const distanceOf = async (
  config: DistanceContext & { readonly train: { readonly distance: DistanceName } },
): Promise<Distance> => {
  const record: DistanceRecord<DistanceContext> = distances.find(
    ({ name }) => name === config.train.distance,
  )!;
  return record.make(config);
};
