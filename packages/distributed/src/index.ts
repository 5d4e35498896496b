// Public names of @imagefn/distributed.
export { joinMpi, type MpiOptions, type MpiRanks } from "./joinMpi.js";
