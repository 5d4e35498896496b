// Public names of @imagefn/base.
export { type Animation, encodeApng, writeApng } from "./apng.js";
export { type ErrorCode, type ErrorDetails, ImagefnError } from "./errors.js";
export { expandHome } from "./expandHome.js";
export { fileErrorCode, onFile, withPath } from "./fileError.js";
export { isAlive, startOf } from "./isAlive.js";
export { makeFolder } from "./makeFolder.js";
export { didYouMean, nearest } from "./nearest.js";
export { encodePng, type PngSize, pngBytes, type Rows, writePng } from "./png.js";
export { type Machine, machineOf, processor } from "./processor.js";
export { escaped, quoted } from "./quoted.js";
export { type Block, blocksOf, checkShard, SHARD_BLOCK, type Shard, shareOf } from "./shard.js";
export {
  type GridOptions,
  type ImageRows,
  imageRows,
  type Sheet,
  sheet,
} from "./sheet.js";
export { removeAbandoned, removeUnfinished, temporaryName, writeAtomic } from "./writeAtomic.js";
