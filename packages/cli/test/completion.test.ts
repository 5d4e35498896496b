// Completion scripts, as the shells read them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { imagefnHere } from "./inProcess.js";

const home = t.testdir({});
const imagefn = imagefnHere(home);

t.before(async () => {
  for (const shell of ["bash", "zsh", "fish"])
    writeFileSync(join(home, shell), (await imagefn(`completion ${shell}`)).stdout);
  for (const run of ["first", "$(touch pwned) two"]) {
    mkdirSync(join(home, "runs", run), { recursive: true });
    writeFileSync(join(home, "runs", run, "config.yaml"), "");
  }
  mkdirSync(join(home, "runs", "no-run"));
});

const start = (shell: string, script: string) =>
  spawnSync(shell, ["-c", script], { cwd: home, encoding: "utf8", env: { ...process.env, HOME: home } });
const missing = (shell: string) => start(shell, "true").status !== 0 && `needs ${shell}`;

/** What bash offers for the last word of a line. */
function offered(...line: string[]): string[] {
  const words = line.map((word) => `'${word}'`).join(" ");
  const script = `source ./bash; COMP_WORDS=(imagefn ${words}); COMP_CWORD=${line.length}; _imagefn
    if (( \${#COMPREPLY[@]} )); then printf '%s\\n' "\${COMPREPLY[@]}"; fi`;
  const { status, stdout, stderr } = start("bash", script);
  if (status !== 0 || stderr !== "") throw new Error(stderr);
  return stdout === "" ? [] : stdout.trimEnd().split("\n");
}

t.test("bash completes commands, options, values, presets and runs", { skip: missing("bash") }, async (t) => {
  t.same(offered("tr"), ["train"]);
  t.ok(offered("").includes("completion"));
  t.same(offered("train", "--eng"), ["--engine"]);
  t.same(offered("train", "--generator", "u"), ["unet", "uvit"]);
  t.same(offered("train", "avatars-t"), ["avatars-tiny"]);
  t.same(offered("init", "--preset", "folder"), ["folder64-tiny"]);
  t.same(offered("export", "--what", ""), ["generator", "function"]);
  t.same(offered("sample", ""), ["latest", "runs/\\$\\(touch\\ pwned\\)\\ two", "runs/first"]);
  t.same(offered("train", "--resume", "runs/f"), ["runs/first"]);
  t.same(offered("train", "--out", ""), [], "files and folders");
  t.same(offered("train", "--minutes", "--eng"), [], "a value, not an option");
  t.same(offered("nonsense", ""), []);
  t.notOk(existsSync(join(home, "pwned")), "a name is no command");
  const { stdout } = start("bash", "source ./bash; complete -p imagefn");
  t.equal(stdout, "complete -o default -F _imagefn imagefn\n");
});

t.test("fish completes the same", { skip: missing("fish") }, async (t) => {
  const lines = (line: string) => start("fish", `source ./fish; complete -C '${line}'`).stdout.split("\n");
  t.same(lines("imagefn tr"), ["train\ttrain a generator and sample it", ""]);
  t.match(lines("imagefn train --eng"), [/^--engine\t/, ""]);
  t.same(lines("imagefn train avatars-t"), ["avatars-tiny", ""]);
  t.ok(lines("imagefn sample r").includes("runs/first"));
});

t.test("zsh reads its script, and has the same words", { skip: missing("zsh") }, async (t) => {
  const lines = (words: string) =>
    start("zsh", `compdef() {}; source ./zsh && emulate sh && _imagefn_words ${words}`).stdout.split("\n");
  t.ok(lines("train --generator u").includes("unet"));
  t.ok(lines("train x --").includes("--engine"));
  t.ok(lines("sample sample ''").includes("runs/first"));
});

t.test("another shell is refused", async (t) => {
  t.match(await imagefn("completion tcsh"), { status: 2, stderr: /Allowed choices are bash, zsh, fish/ });
});
