// No-reference metrics of picture quality, by networks that users export to ONNX files.
import { type ImageBatch, imageBatchSize, writeImages } from "../networks/images.js";
import { clipiqa } from "./clipiqa.js";
import { maniqa } from "./maniqa.js";
import { musiq } from "./musiq.js";
import type { QualityNetwork } from "./network.js";
import { openOnnx } from "./onnxFile.js";

const networks = { clipiqa, musiq, maniqa } as const satisfies Record<string, QualityNetwork>;

/** A quality metric over an exported network. */
export type QualityMetricName = keyof typeof networks;

/** The quality metrics over exported networks. */
export const qualityMetricNames = Object.keys(networks) as QualityMetricName[];

/** How an exported network runs. */
export interface QualityMetricOptions {
  /** CPU threads for one operator of the network; 0, the default, uses every core. */
  readonly threads?: number;
}

/** A quality metric that can run. */
export interface QualityMetric {
  /**
   * The score of each picture, [count]; higher is better. Pictures may have any size, which may differ between calls.
   * @throws if the batch's shape does not fit its data, or the network cannot take pictures of that size
   */
  score(images: ImageBatch): Promise<Float32Array>;
  /** Frees what ONNX Runtime holds; the metric cannot be used afterwards. */
  dispose(): Promise<void>;
}

/**
 * CLIP-IQA (0 to 1), MUSIQ (about 0 to 100) or MANIQA (about 0 to 1), as pyiqa 0.1.15 defines them. Resizing, patches,
 * crops and normalisation are done here; the file holds what comes after: `tools/quality_export.py` of this package
 * makes it.
 *
 * @param onnxPath the exported file; its inputs and outputs are checked
 * @throws if the name is unknown, or the file cannot be read or holds another network
 */
export async function qualityMetric(
  name: QualityMetricName,
  onnxPath: string,
  { threads = 0 }: QualityMetricOptions = {},
): Promise<QualityMetric> {
  if (!Object.hasOwn(networks, name))
    throw new Error(
      `metrics: unknown quality metric (got "${name}", expected ${qualityMetricNames.join(", ")})`,
    );
  const network: QualityNetwork = networks[name];
  const file = await openOnnx(name, network, onnxPath, threads);

  return {
    async score(images) {
      const { count, height, width } = imageBatchSize(images);
      const data = new Float32Array(3 * height * width);
      const scores = new Float32Array(count);
      for (let i = 0; i < count; i++) {
        writeImages(images, [i, i + 1], "bytes", data);
        for (let k = 0; k < data.length; k++) data[k] /= 255;
        scores[i] = await network.score({ height, width, data }, file.run);
      }
      return scores;
    },
    dispose: () => file.close(),
  };
}
