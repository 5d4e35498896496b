// `imagefn init`: a configuration for one's own pictures, which train takes.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import t from "tap";
import { imagefnHere } from "./inProcess.js";
import { paragraph } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir({ empty: {} });
const imagefn = imagefnHere(home);

function folder(name: string, count: number, side: number): void {
  mkdirSync(join(home, name));
  for (let i = 0; i < count; i++) {
    const png = new PNG({ width: side, height: side + 3 });
    png.data.fill(40 + ((i * 37) % 200));
    writeFileSync(join(home, name, `${i}.png`), PNG.sync.write(png));
  }
}

t.test("the file is written, trains as its last line says, and is not overwritten", async (t) => {
  folder("my pictures", 24, 40);
  const written = await imagefn(["init", "mine", "--data", "my pictures"]);
  t.equal(written.status, 0, written.stderr);
  t.equal(
    written.stdout,
    "wrote mine/config.yaml: 24 pictures, trained at 32 x 32 px\nnext: imagefn train mine/config.yaml\n",
  );
  t.equal(written.stderr, "");
  const text = readFileSync(join(home, "mine", "config.yaml"), "utf8");
  t.match(
    text,
    /^# yaml-language-server: \$schema=\.\/imagefn\.schema\.json\n[\s#]*# Training on your own pictures\./,
  );
  t.match(text, /\n {2}path: \.\.\/my pictures # where the images are/);
  t.match(JSON.parse(readFileSync(join(home, "mine", "imagefn.schema.json"), "utf8")), { type: "object" });
  const trained = await imagefn(
    "train mine/config.yaml --steps 2 --set pretrain.steps=2 --set sample.count=2 --out run",
  );
  t.equal(trained.status, 0, trained.stderr);
  t.match(trained.stderr, /24 images/);

  const again = await imagefn("init mine");
  t.equal(again.status, 1);
  t.match(paragraph(again), /mine\/config\.yaml exists already/);
  t.equal(readFileSync(join(home, "mine", "config.yaml"), "utf8"), text);
});

t.test("what is left out is said", async (t) => {
  folder("mixed", 2, 64);
  writeFileSync(join(home, "mixed", "IMG_1.HEIC"), Buffer.from("\0\0\0\x1cftypheic\0\0\0\0", "latin1"));
  const { status, stdout, stderr } = await imagefn("init of-mixed --data mixed");
  t.equal(status, 0);
  t.match(stdout, /: 2 pictures, trained at 64 x 64 px\n/);
  t.match(stderr, /^warning: datasets: left out 1 image in mixed, .*IMG_1\.HEIC is a HEIC image.*\n$/);
});

t.test("without pictures the next command names a place for them", async (t) => {
  const { status, stdout } = await imagefn("init later --preset celeba64-tiny");
  t.equal(status, 0);
  t.match(stdout, /next: imagefn train later\/config\.yaml --data DIR\n$/);
  t.match(readFileSync(join(home, "later", "config.yaml"), "utf8"), /preset: celeba64-tiny\nname: later/);
  t.match(await imagefn("train later/config.yaml"), { status: 1, stderr: /--data DIR, or as data\.path/ });
});

t.test("what cannot be used is refused, and nothing is written", async (t) => {
  t.match(paragraph(await imagefn("init a --data empty")), /there are no pictures in empty/);
  mkdirSync(join(home, "phone"));
  writeFileSync(join(home, "phone", "IMG_1.HEIC"), Buffer.from("\0\0\0\x1cftypheic\0\0\0\0", "latin1"));
  t.match(
    paragraph(await imagefn("init a --data phone")),
    /no pictures in phone.* Left out 1 image .*IMG_1\.HEIC is a HEIC/,
  );
  t.match(
    paragraph(await imagefn("evaluate phone")),
    /phone holds no PNG.* Left out 1 image .*IMG_1\.HEIC is a HEIC/,
  );
  t.match(paragraph(await imagefn("init a --data nowhere")), /cannot open the image folder nowhere/);
  t.match(await imagefn("init a --preset folder64"), {
    status: 2,
    stderr: /Allowed choices are avatars-tiny/,
  });
  t.notOk(existsSync(join(home, "a")));
});
