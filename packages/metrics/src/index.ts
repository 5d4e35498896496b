// Public names of @imagefn/metrics.
export { psnr } from "./psnr.js";
export * from "./quality/index.js";
