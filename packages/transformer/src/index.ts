// Public names of @imagefn/transformer.
export { crossAttention, selfAttention } from "./attention.js";
export {
  type CmFuncConfig,
  type CmFuncParams,
  type GenerateOptions,
  generate,
  initCmFunc,
  paperConfig,
  render,
} from "./cmFunc.js";
export type { Classes } from "./condition.js";
export {
  type DecoderBlock,
  type DecoderBlockOptions,
  decoderBlock,
  initDecoderBlock,
} from "./decoderBlock.js";
export {
  type Dit,
  type DitConfig,
  type DitParams,
  type DitSettings,
  dit,
  ditRecord,
  initDit,
  paperDitConfig,
} from "./dit.js";
export { type EncoderBlock, encoderBlock, initEncoderBlock } from "./encoderBlock.js";
export {
  type CmFunc,
  cmFunc,
  type FuncSettings,
  funcRecord,
  type GeneratorInputs,
  type ImageGenerator,
} from "./generator.js";
export { importDit, importTransInr, importUvit } from "./importWeights.js";
export { initNoiseEmbedding, type NoiseEmbedding, noiseEmbedding } from "./noiseEmbedding.js";
export { initPatchEmbedding, patchEmbedding, patchify, sinCosPositions, unpatchify } from "./patches.js";
export type { MlpBranch, SelfBranch } from "./preNorm.js";
export type { FieldName, GeneratorProblem, ImageSize } from "./problems.js";
export {
  initUvit,
  paperUvitConfig,
  type Uvit,
  type UvitConfig,
  type UvitParams,
  type UvitSettings,
  uvit,
  uvitRecord,
} from "./uvit.js";
export { initUvitBlock, type UvitBlock, uvitBlock } from "./uvitBlock.js";
