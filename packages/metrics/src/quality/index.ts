// No-reference picture quality: public names.
export { clipiqaImage, clipiqaScore } from "./clipiqa.js";
export { type ManiqaCrop, maniqaCrops } from "./maniqa.js";
export { musiqTokens } from "./musiq.js";
export type { RgbPicture } from "./network.js";
export {
  type QualityMetric,
  type QualityMetricName,
  type QualityMetricOptions,
  qualityMetric,
  qualityMetricNames,
} from "./qualityMetric.js";
