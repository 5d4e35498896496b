// LPIPS of pairs of pictures, over the first network whose trunk and heads are there.
import { lpips as distance, type LpipsNetwork, lpipsWeights } from "../../lpips.js";
import { readWeights } from "../../weights/readWeights.js";
import type { WeightName } from "../../weights/weightFiles.js";
import { aboutWeights } from "../needs.js";
import type { PictureMetricRecord } from "./record.js";

const networks = ["alex", "vgg", "squeeze"] as const satisfies readonly LpipsNetwork[];
const trunks = { alex: "alexnet", vgg: "vgg16", squeeze: "squeezenet" } as const;

export const lpips = {
  kind: "pair",
  name: "lpips",
  title: "LPIPS",
  description: "version 0.1 of pairs: means of weighted squared differences of normalised features",
  agrees: "PyTorch, the same networks with seeded weights: 5 digits (float32), its gradient 3",
  needs: {
    weights: networks.map((network): readonly WeightName[] => [trunks[network], `lpips-${network}`]),
  },
  onRequest: true,
  async open({ engine, files, set }) {
    const network = networks[set];
    const weights = await Promise.all(files.map(({ path }) => readWeights(path)));
    const metric = distance(network, lpipsWeights(network, ...weights), { engine });
    return {
      name: `LPIPS (${network}, v0.1)`,
      settings: { weights: await Promise.all(files.map(aboutWeights)) },
      values: (a, b) => metric.distance(a, b!),
      dispose: () => metric.dispose(),
    };
  },
} as const satisfies PictureMetricRecord;
