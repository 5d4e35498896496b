// Whether a value can be the images of a program.
import type { OwnImages } from "./ownImages.js";

/** As far as can be told before any is taken. */
export const isImages = (images: unknown): images is OwnImages =>
  typeof images === "function" ||
  (typeof images === "object" &&
    images !== null &&
    (Symbol.iterator in images || Symbol.asyncIterator in images));
