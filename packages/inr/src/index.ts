// Public names of @imagefn/inr.
export {
  type ArchitectureProblem,
  architectureProblems,
  CHANNELS,
  type InrArchitecture,
  type LayerShape,
  layerShapes,
  paperArchitecture,
  parameterCount,
  tokenCount,
} from "./architecture.js";
export { type ImageBytes, planesToBytes, type RgbaImage, toByte, valuesToBytes } from "./bytes.js";
export {
  type CanvasBackend,
  type CanvasRenderer,
  type CanvasRendererOptions,
  canvasBackends,
  canvasRenderer,
} from "./canvas.js";
export { type Area, coordinate, type Span } from "./coordinate.js";
export {
  coordinateGrid,
  type GridOptions,
  jitterAmplitude,
  variationalCoordinates,
} from "./coordinates.js";
export { positionalEmbedding } from "./embedding.js";
export {
  loadImageFunction,
  type Precision,
  precisions,
  type SaveOptions,
  saveImageFunction,
} from "./files.js";
export { type FitOptions, type FitResult, fit, fitArchitecture } from "./fit.js";
export { frequencies } from "./frequencies.js";
export { evaluateLayers, generateLayers, type InrLayer, initBase, renderFunction } from "./generate.js";
export { fromBytes, type PlanarImage, psnr, toBytes } from "./image.js";
export { checkImageFunction, type ImageFunction, splitBatch } from "./imageFunction.js";
export { render } from "./render.js";
export {
  type RenderEngine,
  type RenderedRows,
  type RenderOptions,
  renderBytes,
  renderRows,
} from "./rows.js";
export { imageFunctionShader, type ShaderOptions } from "./shader.js";
export { type ShaderLanguage, shaderLanguages } from "./shaderFrame.js";
export type { Frame, View } from "./view.js";
export { type Summand, weightedSum } from "./weightedSum.js";
