// Public names of the feature networks.
export { alexNet, alexNetShapes } from "./alexNet.js";
export { type FeatureExtractor, type FeatureExtractorOptions, featureExtractor } from "./featureExtractor.js";
export type { ImageBatch } from "./images.js";
export {
  type InceptionFeatures,
  type InceptionOptions,
  inception,
  inceptionLogits,
  inceptionShapes,
} from "./inception.js";
export {
  type FidResize,
  inception2015,
  inception2015Shapes,
  inception2015Weights,
} from "./inception2015.js";
export {
  type Feature,
  type FeatureNetwork,
  type FeatureRun,
  frechetName,
  type GraphNetwork,
  type NetworkInterface,
  type RunNetwork,
} from "./network.js";
export { hasNsfwjs, nsfwjsInception, nsfwjsWeights } from "./nsfwjs.js";
export { type OnnxInput, onnxInput, onnxInputFields } from "./onnxInput.js";
export { type OnnxNetwork, type OnnxNetworkOptions, onnxNetwork } from "./onnxNetwork.js";
export { frozen, type Params, pickWeights, type Weights } from "./params.js";
export type { Pooling } from "./pooling.js";
export { randomConvolutions } from "./randomConvolutions.js";
export { type ResizeRule, resizePlanes, resizeRules } from "./resize.js";
export { squeezeNet, squeezeNetShapes } from "./squeezeNet.js";
export { vgg16, vgg16Shapes } from "./vgg16.js";
