// Settings that the chosen configuration does not read, and folders of pictures given to presets that draw their own.
import { join, resolve } from "node:path";
import { resolveConfig, settingsValues } from "@imagefn/runs";
import t from "tap";

const flags = (values: object) => ({ source: "the options", values: values as Record<string, unknown> });

t.test("a path makes the data of a preset that draws its own a folder", async (t) => {
  const { data } = resolveConfig("avatars-tiny", [flags(settingsValues({ data: "pictures" }))]);
  t.match(data, { kind: "folder", path: resolve("pictures"), size: 32 });
  t.equal(resolveConfig({ preset: "avatars-tiny", data: { path: "pictures" } }).data.kind, "folder");
  t.equal(
    resolveConfig("mnist-tiny", [flags(settingsValues({ data: "digits" }))]).data.kind,
    "mnist",
    "it reads one",
  );
  t.equal(resolveConfig("celeba64-tiny", [flags(settingsValues({ data: "faces" }))]).data.kind, "celeba");
  t.throws(() => resolveConfig({ preset: "avatars-tiny", data: { kind: "avatars", path: join("a", "b") } }), {
    code: "idle-field",
    message: "the configuration: data.path has no effect, since data.kind is avatars.",
  });
});

t.test("a held-out part of a preset follows the number of images", async (t) => {
  t.equal(resolveConfig("avatars-tiny").data.heldOut * 4000, 128);
  t.equal(Math.round(resolveConfig("avatars-styles-tiny").data.heldOut * 6000), 128);
  t.throws(() => resolveConfig({ preset: "avatars-tiny", data: { heldOut: 1.5 } }), {
    message: /data\.heldOut is 1\.5; expected a whole number of images .* or a fraction of them below 1/,
  });
});

t.test("what nothing reads is refused where the caller gives it", async (t) => {
  const refused = (values: object, message: string, preset = "avatars-tiny") =>
    t.throws(() => resolveConfig(preset, [flags(values)]), { code: "idle-field", message }, message);
  refused(
    { data: { kind: "folder", path: "x", styles: ["bottts"] } },
    "the options: data.styles has no effect, since data.kind is folder.",
  );
  refused({ data: { crop: "face" } }, "the options: data.crop has no effect, since data.kind is avatars.");
  refused({ data: { limit: 5 } }, "the options: data.limit has no effect, since data.kind is avatars.");
  refused(
    { data: { count: 10 } },
    "the options: data.count has no effect, since data.kind is mnist.",
    "mnist-tiny",
  );
  refused(
    { train: { targetEma: false, mu0: 0.5 } },
    "the options: train.mu0 has no effect, since train.targetEma is false.",
  );
  refused(
    { train: { lpips: { network: "squeeze" } } },
    "the options: train.lpips.network has no effect, since train.distance is l2.",
  );
  refused(
    { train: { decayFrom: 1, decayTo: 0.5 } },
    "the options: train.decayTo has no effect, since train.decayFrom is 1: the learning rate is constant.",
  );
});

t.test("defaults, presets, and what a later layer overrules stay silent", async (t) => {
  const whole = resolveConfig("avatars-tiny");
  t.same(resolveConfig(whole), whole, "a resolved configuration is one");
  const styles = { preset: "avatars-tiny", data: { styles: ["bottts"] } } as const;
  t.equal(resolveConfig(styles, [flags(settingsValues({ data: "x" }))]).data.kind, "folder");
  t.equal(
    resolveConfig("avatars-styles-tiny", [flags({ data: { kind: "folder", path: "x" } })]).data.kind,
    "folder",
  );
  t.ok(resolveConfig({ preset: "avatars-tiny", train: { mu0: 0.9 } }));
});
