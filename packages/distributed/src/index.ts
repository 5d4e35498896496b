// Public names of @imagefn/distributed.
export type { Numbers } from "./calls.js";
export { joinMpi, type MpiOptions, type MpiRanks } from "./joinMpi.js";
