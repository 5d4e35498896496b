// Where the trained run lies in the installed package.

/**
 * The folder of the trained run, as a `file:` URL: config.yaml, and a checkpoint with the generator's weights. Open it with
 * `openRun(fileURLToPath(avatars))` of @imagefn/runs, and write what it makes into folders of your own.
 */
export const avatars: URL = new URL("../avatars/", import.meta.url);
