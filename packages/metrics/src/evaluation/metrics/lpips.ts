// LPIPS of pairs of pictures, over the first network whose trunk and heads are there.
import { lpips as distance, type LpipsNetwork, lpipsWeights } from "../../lpips.js";
import { readWeights } from "../../weights/readWeights.js";
import type { WeightName } from "../../weights/weightFiles.js";
import { aboutWeights, type WeightNeeds } from "../needs.js";
import type { OpenMetric, OpenOptions, PictureMetricRecord } from "./record.js";

const networks = ["alex", "vgg", "squeeze"] as const;
const trunks = { alex: "alexnet", vgg: "vgg16", squeeze: "squeezenet" } as const;

/** What metrics over LPIPS need, and how they open it. */
export const openLpips = {
  needs: (networks: readonly LpipsNetwork[]): WeightNeeds => ({
    weights: networks.map((network): readonly WeightName[] => [trunks[network], `lpips-${network}`]),
  }),

  /** @param size to which both pictures are brought; their own if left out */
  async open(
    networks: readonly LpipsNetwork[],
    { engine, files, set }: OpenOptions,
    { size, title }: { readonly size?: number; readonly title: string },
  ): Promise<OpenMetric> {
    const network = networks[set];
    const weights = await Promise.all(files.map(({ path }) => readWeights(path)));
    const metric = distance(network, lpipsWeights(network, ...weights), { engine, size });
    const about = await Promise.all(files.map(aboutWeights));
    return {
      name: `${title} (${network}, v0.1)`,
      settings: { weights: about, ...(size === undefined ? {} : { size }) },
      values: (a, b) => metric.distance(a, b!),
      dispose: () => metric.dispose(),
    };
  },
};

export const lpips = {
  kind: "pair",
  name: "lpips",
  title: "LPIPS",
  description: "version 0.1 of pairs: means of weighted squared differences of normalised features",
  agrees: "PyTorch, the same networks with seeded weights: 5 digits (float32), its gradient 3",
  needs: openLpips.needs(networks),
  onRequest: true,
  open: (options) => openLpips.open(networks, options, { title: "LPIPS" }),
} as const satisfies PictureMetricRecord;
