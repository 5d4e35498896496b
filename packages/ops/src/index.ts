// Public names of @imagefn/ops.
export {
  type ChosenByTime,
  type ChosenEngine,
  type EngineOptions,
  engine,
  engineFor,
  reasonOf,
} from "./auto.js";
export {
  type Candidate,
  compareEngines,
  type EngineTime,
  fastest,
  type Patience,
  type Trial,
} from "./compareEngines.js";
export type { Engine, Runnable } from "./engine.js";
export { type Adapter, findAdapter, type Missing } from "./gpujs/adapter.js";
export type { GpujsMode } from "./gpujs/compiler.js";
export {
  type GpujsEngine,
  type GpujsEngineOptions,
  type GpujsRunnable,
  gpujsEngine,
} from "./gpujs/engine.js";
export type { Statistics } from "./gpujs/executor.js";
export type { TileSize } from "./gpujs/product.js";
export type { Products } from "./gpujs/tiling.js";
export { grad } from "./grad.js";
export {
  type ImportChoices,
  type ImportOptions,
  importWeights,
  renamed,
  type WeightOrigin,
} from "./importWeights.js";
export {
  full,
  initAffine,
  initConv,
  initLinear,
  type LinearInit,
  type LinearOptions,
  normal,
  uniform,
} from "./init.js";
export { type EngineName, engineNames } from "./names.js";
export { ndarrayOf } from "./ndarrayOf.js";
export type { ManyEngine, ManyRunnable } from "./onnx/device.js";
export { onnxEngine } from "./onnx/engine.js";
export { type ExportOptions, exportOnnx } from "./onnx/lower.js";
export type { OnnxEngineOptions } from "./onnx/options.js";
export { add, div, mul, neg, sub } from "./ops/arithmetic.js";
export { avgPool2d, upsampleNearest } from "./ops/avgPool.js";
export { clip, greater, maximum, minimum, where } from "./ops/compare.js";
export { concat } from "./ops/concat.js";
export { type Conv, type ConvOptions, conv2d, convTranspose2d } from "./ops/conv2d.js";
export { erf } from "./ops/erf.js";
export { gather, oneHot } from "./ops/gather.js";
export { gelu, geluTanh } from "./ops/gelu.js";
export { type GroupNormOptions, groupNorm } from "./ops/groupNorm.js";
export { type Affine, layerNorm } from "./ops/layerNorm.js";
export { type Linear, linear } from "./ops/linear.js";
export { type MatmulOptions, matmul } from "./ops/matmul.js";
export { maxPool2d } from "./ops/maxPool.js";
export { normalizeL2 } from "./ops/norm.js";
export { broadcastTo, max, mean, type ReduceOptions, sum } from "./ops/reduce.js";
export { relu } from "./ops/relu.js";
export { reshape, stopGradient } from "./ops/reshape.js";
export { resizeBilinear } from "./ops/resize.js";
export { silu } from "./ops/silu.js";
export { sinusoid } from "./ops/sinusoid.js";
export { pad, slice, split } from "./ops/slice.js";
export { attention, softmax } from "./ops/softmax.js";
export { constant, type Operand } from "./ops/source.js";
export { transpose } from "./ops/transpose.js";
export { abs, cos, exp, log, sigmoid, sin, sqrt, square, tanh } from "./ops/unary.js";
export { upsampleConv2d } from "./ops/upsampleConv.js";
export type { PoolOptions } from "./ops/windows.js";
export { clipByGlobalNorm, ema, globalNorm } from "./optim/average.js";
export {
  type AdamOptions,
  adam,
  COEFFICIENTS,
  type Moments,
  type Optimizer,
  radam,
  radamRectification,
  radamRho,
  zeros,
} from "./optim/optimizer.js";
export { type Program, type ProgramResult, type ProgramSpec, program } from "./program.js";
export { psnr } from "./psnr.js";
export { philox, type Random, random } from "./random.js";
export {
  type ByteSource,
  readMetadata,
  readSafetensors,
  type SafetensorsFile,
  type SafetensorsOptions,
  type StoredType,
  safetensorsParts,
  writeSafetensors,
} from "./safetensors.js";
export type { Shape } from "./shape.js";
export { simplify } from "./simplify.js";
export type { HostArray, Tensor } from "./tensor.js";
export { reachable } from "./tensor.js";
export { leaves, type Mapped, mapTree, unflatten } from "./tree.js";
