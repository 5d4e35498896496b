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
export { evaluateLayers, generateLayers, type InrLayer, initBase, renderFunction } from "./generate.js";
