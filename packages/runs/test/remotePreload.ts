// Loaded with --import: the process that trains prints to its stdout, as native libraries do, and notes its number.
import { writeFileSync, writeSync } from "node:fs";

if (process.argv[1]?.endsWith("remote.js")) {
  writeSync(1, "noise of a native library\n");
  writeFileSync(process.env.IMAGEFN_TEST_PID!, String(process.pid));
}
