// What a data set is built from.
import type { Description } from "./dataset.js";

/** A set that can be built: its description, and its images one at a time. */
export interface Source extends Description {
  /** The digest of the images at these indices, if it does not only depend on the digest of the set and the indices. */
  digestOf?(kept: readonly number[]): string;
  /** Whether to go on without images that cannot be used; absent if the loader has no such option. */
  skipBroken?: boolean;
  /**
   * Image i, [3, size, size]. Several are requested at once, in about the order of i.
   * After an UnusableImage the others are requested too, so that all such images are found.
   */
  image(i: number): Promise<Uint8Array> | Uint8Array;
  /** Called after all images are made, or one has failed. */
  close?(): Promise<void>;
}
