// Public names of @imagefn/unet-baseline.
export {
  type AttentionBlock,
  type AttentionOptions,
  attentionBlock,
  initAttentionBlock,
} from "./attentionBlock.js";
export {
  type FieldName,
  type Level,
  levelsOf,
  paperUnet,
  paperUnet128,
  paperUnet128Deep,
  paperUnetCifar10,
  paperUnetCifar10Plain,
  type UnetConfig,
  type UnetProblem,
  type UnetSettings,
  unetProblems,
} from "./config.js";
export { type Unet, unet, unetRecord } from "./generator.js";
export { type ImportUnetOptions, importUnet } from "./importUnet.js";
export { applyUnet, initUnet, type UnetBlock, type UnetLevel, type UnetParams } from "./network.js";
export {
  initResidualBlock,
  type Resample,
  type ResidualBlock,
  type ResidualBlockOptions,
  type ResidualOptions,
  residualBlock,
} from "./residualBlock.js";
