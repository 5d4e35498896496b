// Errors of the file system name the file, and have codes that programs can compare.
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileErrorCode, ImagefnError, onFile, withPath, writeAtomic } from "@imagefn/base";
import t from "tap";

const error = (code: string) => Object.assign(new Error(`${code}: as the system says, write`), { code });

t.test("codes, also of errors that Node has no name for", async (t) => {
  t.equal(fileErrorCode(error("EIO")), "EIO");
  t.equal(fileErrorCode(error(`Unknown system error -${constants.errno.EDQUOT}`)), "EDQUOT");
  t.equal(fileErrorCode(error(`Unknown system error -${constants.errno.ESTALE}`)), "ESTALE");
  t.equal(fileErrorCode(error("Unknown system error -99999")), "Unknown system error -99999");
  for (const other of [
    new Error("x"),
    error("ERR_INVALID_ARG_TYPE"),
    new ImagefnError("busy", "x"),
    "EIO",
    null,
  ])
    t.equal(fileErrorCode(other), undefined);
});

t.test("the path is in the error and in its message, once", async (t) => {
  for (const code of ["EIO", "EMFILE", "ENOSPC", "Unknown system error -122"]) {
    const named = withPath(withPath(error(code), "a/b.bin"), "c.bin");
    t.match(named, { path: "a/b.bin", message: `${code}: as the system says, write 'a/b.bin'` });
  }
  const own = new ImagefnError("busy", "it is busy");
  t.equal(withPath(own, "a"), own);
  t.notOk("path" in own);
  t.equal(
    onFile("a", () => 5),
    5,
  );
});

t.test("files that cannot be read or written are named", async (t) => {
  const folder = t.testdir();
  t.throws(() => onFile(folder, () => readFileSync(folder)), {
    code: "EISDIR",
    path: folder,
    message: folder,
  });
  const path = join(folder, "a.bin");
  const quota = writeAtomic(path, async () => {
    throw error(`Unknown system error -${constants.errno.EDQUOT}`);
  });
  const thrown = await quota.catch((error: unknown) => error);
  t.match(thrown, { path, message: path });
  t.equal(fileErrorCode(thrown), "EDQUOT");
});

t.test("writeAtomic names the file, and not the temporary one that it was writing", async (t) => {
  const folder = t.testdir({ "a file": "", taken: { "x.txt": "" } });
  for (const path of [
    join(folder, "none", "a.bin"),
    join(folder, "a file", "a.bin"),
    join(folder, "taken"),
  ]) {
    const error = await writeAtomic(path, "text").catch((error: unknown) => error as NodeJS.ErrnoException);
    t.match(error, { path, code: /^E(NOENT|NOTDIR|ISDIR|NOTEMPTY|EXIST|PERM)$/ });
    t.match((error as Error).message, path);
    t.notMatch((error as Error).message, /\.tmp/);
  }
});
