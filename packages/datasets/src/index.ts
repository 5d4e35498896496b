// Public names of @imagefn/datasets.

export type { ImageFile } from "./_imageFile.js";
export { type LeaveOut, type Scan, scanImages } from "./_scan.js";
export { type AvatarOptions, avatars } from "./avatars.js";
export { type ReadBatchOptions, readBatch, readBytes, readLabels } from "./batch.js";
export type { CacheOptions } from "./cache.js";
export { defaultCacheFolder } from "./cacheFolder.js";
export { type CelebaOptions, celeba } from "./celeba.js";
export { type Cifar10Options, cifar10 } from "./cifar10.js";
export type { Dataset, Images, LargerImages, OnProgress, SquareImage } from "./dataset.js";
export { type EmojiOptions, emoji } from "./emoji.js";
export { readImage } from "./image.js";
export { type ImageFolderOptions, imageFolder } from "./imageFolder.js";
export { imagesInMemory } from "./images.js";
export { type LandscapesOptions, landscapes } from "./landscapes.js";
export { type CropOptions, readCrop, withLarger } from "./larger.js";
export { listImages } from "./listImages.js";
export { type LsunOptions, lsun } from "./lsun.js";
export { type MnistOptions, mnist } from "./mnist.js";
export { type BatchPosition, batchFlips, batchIndices } from "./order.js";
export { type PlanarImage, resizeAndCrop } from "./resample.js";
export { split } from "./split.js";
export { type AvatarStyle, avatarStyles } from "./styles.js";
