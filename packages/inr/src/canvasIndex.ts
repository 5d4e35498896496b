// Public names of @imagefn/inr/canvas: what a page needs to load functions and draw them, apart from all else.
export {
  type CanvasBackend,
  type CanvasRenderer,
  type CanvasRendererOptions,
  canvasBackends,
  canvasRenderer,
} from "./canvas.js";
export { loadImageFunction, type Precision, type SaveOptions, saveImageFunction } from "./files.js";
export { checkImageFunction, type ImageFunction } from "./imageFunction.js";
export type { Frame, View } from "./view.js";
