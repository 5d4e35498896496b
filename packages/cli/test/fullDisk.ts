// Loaded before the executable with --import: writes to files whose name holds IMAGEFN_TEST_FULL fail as on a full disk.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const full = process.env.IMAGEFN_TEST_FULL;
const noSpace = (path: string) =>
  Object.assign(new Error(`ENOSPC: no space left on device, write '${path}'`), {
    code: "ENOSPC",
    errno: -28,
  });

const { open } = fs.promises;
fs.promises.open = async (path, ...rest) => {
  const handle = await open(path, ...rest);
  if (full && String(path).includes(full))
    // Part of the bytes arrive before the disk is full.
    handle.writeFile = async (data) => {
      await handle.write((data as Uint8Array).subarray(0, 100));
      throw noSpace(String(path));
    };
  return handle;
};

const { appendFileSync } = fs;
fs.appendFileSync = (path, data, options) => {
  if (!full || !String(path).includes(full)) return appendFileSync(path, data, options);
  appendFileSync(path, String(data).slice(0, 10), options);
  throw noSpace(String(path));
};

syncBuiltinESMExports();
