// `imagefn config --schema`, and the configuration files that refer to it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configJsonSchema } from "@imagefn/runs";
import t from "tap";
import { imagefnHere } from "./inProcess.js";

const home = t.testdir();
const imagefn = imagefnHere(home);

t.test("config --schema prints the schema; once it is there, printed YAML refers to it", async (t) => {
  const before = await imagefn("config");
  t.match(before.stdout, /^# Resolved from avatars-tiny\.\n/);
  const { status, stdout } = await imagefn("config --schema");
  t.equal(status, 0);
  t.same(JSON.parse(stdout), configJsonSchema());
  writeFileSync(join(home, "imagefn.schema.json"), stdout);
  const after = await imagefn("config");
  t.equal(after.stdout, `# yaml-language-server: $schema=./imagefn.schema.json\n${before.stdout}`);
});

t.test("config --schema and --fields refuse what they would ignore", async (t) => {
  for (const [args, message] of [
    ["--schema avatars-small", "--schema cannot be used with the configuration avatars-small: "],
    ["--schema --set seed=3", "--schema cannot be used with --set: "],
    ["--fields --minutes 3", "--fields cannot be used with --minutes: "],
    ["--fields --schema", "option '--schema' cannot be used with option '--fields'"],
  ]) {
    const { status, stdout, stderr } = await imagefn(`config ${args}`);
    t.match({ status, stdout }, { status: 2, stdout: "" }, args);
    t.ok(stderr.startsWith(`imagefn: ${message}`), stderr);
  }
});
