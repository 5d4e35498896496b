// Errors that people see: file-system errors by code, stack traces only on demand, nearest matches.
import { readFileSync } from "node:fs";
import { didYouMean, nearest, onFile, withPath } from "@imagefn/base";
import t from "tap";
import { explain, reportError, UsageError, UserError } from "../dist/errors.js";

const fileError = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: raw text`), { code, path });

t.test("exit codes: 2 for usage, 1 for the rest", async (t) => {
  t.same(explain(new UsageError("no such flag")), { message: "no such flag", exitCode: 2 });
  t.same(explain(new UserError("no such folder")), { message: "no such folder", exitCode: 1 });
  t.match(explain(new Error("ops: bad shape")), {
    message: /^ops: bad shape \(set IMAGEFN_DEBUG=1/,
    exitCode: 1,
  });
  t.same(explain(new Error("datasets: no images in x")), {
    message: "datasets: no images in x",
    exitCode: 1,
  });
  t.notMatch(explain(new Error("metrics: three pictures are too few")).message, /IMAGEFN_DEBUG/);
  t.match(explain("text"), { message: /^text /, exitCode: 1 });
  t.match(explain(undefined), { message: /^undefined /, exitCode: 1 });
});

t.test("file-system errors are explained by their code", async (t) => {
  t.match(
    explain(fileError("ENOSPC", "runs/a/x.png")).message,
    /disk is full: runs\/a\/x\.png could not be written/,
  );
  t.match(explain(fileError("ENOSPC")).message, /Nothing already written is lost.*--resume RUN/);
  t.match(explain(fileError("EACCES", "/secret")).message, /no permission to use \/secret \(EACCES\)/);
  t.match(explain(fileError("ENOENT", "gone.txt")).message, /^gone\.txt does not exist\./);
  // Node has no name for a full quota.
  const errno = process.platform === "darwin" ? -69 : -122;
  const quota = Object.assign(fileError(`Unknown system error ${errno}`, "q.png"), { errno });
  t.match(explain(quota).message, /^the disk quota is used up: q\.png could not be written/);
  t.match(explain(fileError("EIO", "a.png")).message, /^a\.png could not be read or written: its disk/);
  t.match(explain(fileError("EMFILE", "a.png")).message, /^a\.png could not be opened: too many files/);
  t.match(explain(fileError("ENOENT", "a\n\u001b[2J")).message, /^"a\\n\\u001b\[2J" does not exist/);
  t.match(
    explain(fileError("EFBIG", "big")).message,
    /^big could not be written: it is larger than .*\(EFBIG\)\.$/,
  );
  for (const read of [() => readFileSync("."), () => readFileSync("x".repeat(300))])
    try {
      onFile("the file", read);
      t.fail("it cannot be read");
    } catch (error) {
      t.match(explain(error).message, /could not be used: [a-z ]+ \((EISDIR|ENAMETOOLONG)\)\.$/);
    }
  try {
    readFileSync("no/such/file");
    t.fail("it should not exist");
  } catch (error) {
    t.match(explain(error).message, /^no\/such\/file does not exist/);
  }
});

t.test("withPath names the file of an error that has none, and leaves others alone", async (t) => {
  t.match(withPath(fileError("ENOSPC"), "a.bin"), { path: "a.bin" });
  t.match(withPath(fileError("ENOSPC", "b.bin"), "a.bin"), { path: "b.bin" });
  t.notOk("path" in (withPath(new Error("plain"), "a.bin") as Error));
});

t.test("a stack trace is printed only when asked for", async (t) => {
  let text = "";
  const write = (part: string) => {
    text += part;
  };
  t.equal(reportError(new UserError("broken"), write, false), 1);
  t.equal(text, "imagefn: broken\n");
  text = "";
  reportError(new UserError("broken"), write, true);
  t.match(text, /^imagefn: broken\nUserError: broken\n {4}at /);
});

t.test("nearest match", async (t) => {
  const names = ["batch", "steps", "levels", "learningRate"];
  t.equal(nearest("bacth", names), "batch");
  t.equal(nearest("STEPS", names), "steps");
  t.equal(nearest("lerningrate", names), "learningRate");
  t.equal(nearest("colour", names), undefined);
  t.equal(nearest("x", ["y"]), undefined, "a wholly different word is not near");
  t.equal(didYouMean("step", names), " (did you mean steps?)");
  t.equal(didYouMean("colour", names), "");
});
