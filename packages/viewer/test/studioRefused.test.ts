// What a page cannot train is refused before anything is built.
import { studioSite } from "@imagefn/viewer";
import t from "tap";
import { tinyStudio } from "./tinyStudio.js";

t.test("objectives and a drift that a page has no network for", async (t) => {
  const refused = (train: object, message: RegExp) =>
    t.rejects(studioSite({ values: { ...tinyStudio, train: { ...tinyStudio.train, ...train } } }), {
      code: "invalid-config",
      message,
    });
  await refused({ objective: "diffusion" }, /train\.objective is diffusion, but a page trains/);
  await refused({ drift: "squeeze" }, /train\.drift is squeeze, but a page has no file of that network/);
});
