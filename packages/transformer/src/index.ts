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
export {
  type DecoderBlock,
  type DecoderBlockOptions,
  decoderBlock,
  initDecoderBlock,
} from "./decoderBlock.js";
export { type EncoderBlock, encoderBlock, initEncoderBlock } from "./encoderBlock.js";
export { type CmFunc, cmFunc } from "./generator.js";
export { initNoiseEmbedding, type NoiseEmbedding, noiseEmbedding } from "./noiseEmbedding.js";
export { initPatchEmbedding, patchEmbedding, patchify, sinCosPositions } from "./patches.js";
