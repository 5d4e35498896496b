// Test helpers for ops and for what is built on them: @imagefn/ops/testing.
export { allClose, difference, type Tolerance } from "./allClose.js";
export { type BrowserPage, noChromium, openChromium } from "./chromium.js";
export { type GoldenCase, golden } from "./golden.js";
export { evaluate, evaluateAll, type GradcheckOptions, gradcheck, gradients } from "./gradcheck.js";
export { type Launch, launches } from "./launches.js";
export { noSwiftShader, swiftShader } from "./swiftshader.js";
