// Public names of the weight files' readers.
export type { NumberArray, NumberType } from "./_numbers.js";
export { type CheckWeightsOptions, checkWeights } from "./checkWeights.js";
export {
  type FindWeightsOptions,
  type FoundWeights,
  findWeights,
  missingWeights,
  type WeightsChecksum,
  weightsCacheFolder,
  weightsChecksum,
} from "./findWeights.js";
export { readSqueezenetNcnn } from "./ncnn.js";
export { type NpyArray, type NpyHeader, readNpy, type WrittenType } from "./npy.js";
export { type NpzFile, openNpz, readNpz } from "./npz.js";
export { type NpzArray, type NpzOptions, type NpzStream, writeNpz, writeNpzFile } from "./npzWrite.js";
export { type ReadOptions, readPth } from "./pth.js";
export { readWeights, readWeightsBytes } from "./readWeights.js";
export { sha256File } from "./sha256File.js";
export { readTensorflowConstants } from "./tensorflow.js";
export { type WeightFile, type WeightName, type WeightNeed, weightFiles } from "./weightFiles.js";
