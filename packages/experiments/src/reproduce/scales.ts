// What the command line and the experiments both speak of: scales, and the data of the paper's.

/** `tiny`: avatars and small networks, minutes. `paper`: the paper's presets, data sets and lengths. */
export const scales = ["tiny", "paper"] as const;
export type Scale = (typeof scales)[number];

/** Folders that users name with --data. */
export const dataFolders = ["cifar10", "celeba", "church", "classroom"] as const;
export type DataFolder = (typeof dataFolders)[number];
