// The digest of a folder's pictures, as @imagefn/datasets makes it: a run that goes on compares it with its own images.

/** SHA-256 of a value's JSON, in hexadecimal. */
async function digestOf(value: object): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(value)));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The digest of all pictures of a folder as a training set of `size`, none held out; undefined in pages over plain http,
 * which may not compute it.
 * @param files each picture's path in the folder, and its bytes, in the order of the paths
 */
export async function folderDigest(
  size: number,
  files: readonly (readonly [path: string, bytes: number])[],
): Promise<string | undefined> {
  if (crypto.subtle === undefined) return undefined;
  const digest = await digestOf({ kind: "folder", size, classes: false, files });
  return digestOf({ digest, indices: files.map((_, i) => i) });
}
