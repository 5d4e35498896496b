// Quality of single pictures by a network that was exported to ONNX.
import { type QualityMetricName, qualityMetric } from "../../quality/qualityMetric.js";
import { aboutWeights } from "../needs.js";
import type { PictureMetricRecord } from "./record.js";

/** What the records of exported networks share. */
export const exported = (name: QualityMetricName) =>
  ({
    kind: "picture",
    needs: { weights: [[name]] },
    agrees: "pyiqa 0.1.15, from pixels to score: 6 digits or more",
    async open({ files: [file], threads }) {
      const metric = await qualityMetric(name, file.path, { threads });
      return {
        name: name.toUpperCase(),
        settings: { weights: await aboutWeights(file) },
        values: (batch) => metric.score(batch),
        dispose: () => metric.dispose(),
      };
    },
  }) as const satisfies Partial<PictureMetricRecord>;
