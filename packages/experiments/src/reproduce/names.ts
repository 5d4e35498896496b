// The names that experiments share: scales, the paper's data sets, and the folders that hold them.

/** `tiny`: avatars and small networks, minutes. `paper`: the paper's presets, data sets and lengths. */
export const scales = ["tiny", "paper"] as const;
/** One of `scales`. */
export type Scale = (typeof scales)[number];

/** Data on disk that the scale `paper` uses: folders of CIFAR-10, CelebA and two classes of LSUN. */
export const dataFolders = ["cifar10", "celeba", "church", "classroom"] as const;
/** One of `dataFolders`. */
export type DataFolder = (typeof dataFolders)[number];

/** The paper's data sets. Experiments request runs by these names at either scale. */
export const dataNames = ["cifar10", "celeba64", "celeba128", "church", "classroom"] as const;
/** One of `dataNames`. */
export type DataName = (typeof dataNames)[number];

/** Fields of a configuration by their dotted paths. */
export type Fields = Readonly<Record<string, unknown>>;
