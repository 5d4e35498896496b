// Helpers shared by the tests of all packages.
export { allClose, difference, type Tolerance } from "./allClose.js";
export { type BareInstall, bareInstall } from "./bareInstall.js";
export { addresses, type Built, bundle } from "./bundle.js";
export {
  type BrowserPage,
  launchChromium,
  noChromium,
  openChromium,
  type Page,
} from "./chromium.js";
export { awake, tiny } from "./generators.js";
export { type GoldenCase, golden } from "./golden.js";
export { evaluate, evaluateAll, type GradcheckOptions, gradcheck, gradients } from "./gradcheck.js";
export { type MpiRun, mpirun, noMpi } from "./mpi.js";
export { type RankInMemory, ranksInMemory } from "./ranksInMemory.js";
export { isolation, serve } from "./serve.js";
export { noSwiftShader, quickWebgpu, swiftShader } from "./swiftshader.js";
