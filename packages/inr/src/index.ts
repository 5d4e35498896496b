// Public names of @imagefn/inr.
export {
  CHANNELS,
  type InrArchitecture,
  type LayerShape,
  layerShapes,
  paperArchitecture,
  parameterCount,
  tokenCount,
} from "./architecture.js";
export {
  coordinate,
  coordinateGrid,
  type GridOptions,
  jitterAmplitude,
  variationalCoordinates,
} from "./coordinates.js";
export { frequencies, positionalEmbedding } from "./embedding.js";
export { loadImageFunction, saveImageFunction } from "./files.js";
export { type FitOptions, type FitResult, fit, fitArchitecture } from "./fit.js";
export { evaluateLayers, generateLayers, type InrLayer, initBase, renderFunction } from "./generate.js";
export {
  fromBytes,
  type ImageBytes,
  type PlanarImage,
  psnr,
  type RgbaImage,
  toByte,
  toBytes,
} from "./image.js";
export { checkImageFunction, type ImageFunction, splitBatch } from "./imageFunction.js";
export {
  type RenderEngine,
  type RenderedRows,
  type RenderOptions,
  render,
  renderBytes,
  renderRows,
} from "./render.js";
