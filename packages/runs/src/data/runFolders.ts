// Run folders among the training images: their pictures are samples, not data.

/** What a folder of images leaves out. */
export const runFolders = {
  title: "run folders",
  fits: (names: ReadonlySet<string>): boolean =>
    names.has("config.yaml") && (names.has("log.jsonl") || names.has("checkpoints")),
};
