// The page of a studio: joins its controls to the worker that trains, to what the browser keeps, and to the canvases.
import { findAdapter } from "@imagefn/ops";
import type { FromTrainer, Images, Kept, Processor, Progress, StudioAbout, ToTrainer } from "../about.js";
import { type Chosen, chosenBy, chosenByDrop } from "./chosen.js";
import { drawCurve, type Point, pointsOf } from "./curve.js";
import { forget, kept } from "./keep.js";
import { savePng, saveRun } from "./save.js";
import { clearSheet, drawSheet, sheetOf } from "./sheetCanvas.js";

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const button = (id: string) => element<HTMLButtonElement>(id);
const input = (id: string) => element<HTMLInputElement>(id);
const canvas = (id: string) => element<HTMLCanvasElement>(id);

/** Shows sentences at the top of the page; without any, hides them. */
function tell(...sentences: readonly string[]): void {
  const message = element("message");
  message.textContent = sentences.join(" ");
  message.hidden = sentences.length === 0;
}

const say = (text: string) => {
  element("status").textContent = text;
};
const failed = (error: unknown) => tell((error as Error).message);

/** "The GPU was lost (..)." of an engine's "ops: gpujs:webgpu: the GPU was lost (..); go on from .." */
function sentenceOf(error: string): string {
  const [clause] = error.replace(/^ops: gpujs:webgpu: /, "").split(";");
  return `${clause[0].toUpperCase()}${clause.slice(1).replace(/\.$/, "")}.`;
}

/** "2:05" */
const clockText = (seconds: number) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

async function start(): Promise<void> {
  const response = await fetch("studio.json");
  if (!response.ok) throw new Error(`studio.json: ${response.status} ${response.statusText}`);
  const about: StudioAbout = await response.json();
  let images: Images | undefined;
  let training: Kept | undefined;
  let points: Point[] = [];
  /** What the worker does at present. */
  let doing: "nothing" | "reading" | "training" | "pausing" = "nothing";
  let worker: Worker | undefined;
  /** Whether a GPU trains. */
  let onGpu = false;

  const isFinished = () =>
    training?.position.phase === "train" && training.position.step === training.position.trainSteps;
  const minutes = () => training?.minutes ?? Number(input("minutes").value);

  /** Sets the controls to what can be done. */
  function update() {
    const idle = doing === "nothing";
    for (const id of ["folder", "files"]) input(id).disabled = !idle;
    button("avatars").disabled = !idle;
    input("minutes").disabled = !idle || training !== undefined;
    element<HTMLSelectElement>("processor").disabled = !idle;
    if (training) input("minutes").value = String(training.minutes);
    const train = button("train");
    train.textContent = idle ? (training ? (isFinished() ? "Finished" : "Resume") : "Start") : "Pause";
    train.disabled = idle ? images === undefined || isFinished() : doing !== "training";
    button("discard").disabled = !idle || (images === undefined && training === undefined);
    button("explore").disabled = training?.explorer === undefined;
    button("run").disabled = training === undefined;
    button("png").disabled = canvas("samples").width <= 1;
    element("count").textContent = images?.title ?? "";
  }

  const curve = () => drawCurve(canvas("curve"), points, 60 * minutes());

  function showProgress({ phase, step, loss, seconds }: Progress) {
    element<HTMLProgressElement>("progress").value = Math.min(1, seconds / (60 * minutes()));
    element("progressed").textContent =
      `${clockText(seconds)} of ${clockText(60 * minutes())}, step ${step.toLocaleString("en-US")}, ` +
      (phase === "pretrain" ? "pre-training" : "training");
    element("loss").textContent = loss.toPrecision(3);
    points.push({ phase, seconds, loss });
    curve();
  }

  /** Shows what the browser keeps. */
  async function restore() {
    [images, training] = await Promise.all([kept("images"), kept("training")]);
    if (images) drawSheet(canvas("pictures"), sheetOf(images));
    if (training) {
      const { position, samples, log } = training;
      points = pointsOf(log);
      const last = points.pop();
      const step = position.step + (position.phase === "train" ? (position.pretrainSteps ?? 0) : 0);
      if (last) showProgress({ phase: position.phase, step, loss: last.loss, seconds: position.seconds });
      if (samples) drawSheet(canvas("samples"), samples);
    }
    update();
  }

  const answers: { [K in FromTrainer["kind"]]: (message: Extract<FromTrainer, { kind: K }>) => void } = {
    reading: ({ done, total }) => say(`Reading pictures: ${done} of ${total}.`),
    images({ leftOut }) {
      doing = "nothing";
      clear();
      say("The pictures are ready.");
      tell(...leftOut);
      restore().catch(failed);
    },
    engine({ gpu, text }) {
      onGpu = gpu;
      say(text);
    },
    progress: showProgress,
    samples({ samples }) {
      drawSheet(canvas("samples"), samples);
      element("at").textContent = `at ${element("progressed").textContent!.split(" ")[0]}`;
      button("png").disabled = false;
    },
    kept() {
      kept("training").then((found) => {
        training = found;
        update();
      }, failed);
    },
    ended({ finished }) {
      doing = "nothing";
      say(
        finished
          ? "Finished: explore the result, or save it."
          : "Paused. The checkpoint is kept in this browser.",
      );
      restore().catch(failed);
    },
    warning: ({ text }) => tell(text),
    failed({ text }) {
      broken(text);
    },
  };

  /** Ends what the worker did: it may not be in a state to do more. */
  function broken(text: string) {
    const trained = doing === "training" || doing === "pausing";
    const goesOn = onGpu && doing === "training";
    const said = onGpu ? sentenceOf(text) : text;
    worker?.terminate();
    worker = undefined;
    [doing, onGpu] = ["nothing", false];
    say("");
    if (goesOn) {
      // Nobody may be looking: what is left of the minutes is not wasted.
      element<HTMLSelectElement>("processor").value = "cpu";
      tell(
        said,
        training
          ? "The last checkpoint is kept, and training goes on from it on the CPU."
          : "There is no checkpoint yet, and training begins again on the CPU.",
      );
      train();
    } else
      tell(said, ...(trained && training ? ["The last checkpoint is kept: Resume goes on from it."] : []));
    restore().catch(failed);
  }

  function train() {
    doing = "training";
    say("Starting.");
    const processor = element<HTMLSelectElement>("processor").value as Processor;
    ask({ kind: "train", minutes: minutes(), processor });
  }

  function ask(message: ToTrainer) {
    if (!worker) {
      worker = new Worker(new URL("trainer.js", location.href), { type: "module" });
      worker.addEventListener("message", ({ data }: MessageEvent<FromTrainer>) =>
        answers[data.kind](data as never),
      );
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        broken(`The worker that trains has failed: ${event.message || "its script did not load"}.`);
      });
    }
    worker.postMessage(message);
  }

  /** New pictures replace the ones before, and what was learned from those. */
  async function take(message: Extract<ToTrainer, { kind: "read" | "avatars" }>) {
    if (doing !== "nothing") return tell("Pause the training before choosing other pictures.");
    if (training && !confirm("Choosing other pictures discards what was learned. Go on?")) return;
    doing = "reading";
    tell();
    update();
    ask(message);
  }

  /** Shows nothing. */
  function clear() {
    [images, training, points] = [undefined, undefined, []];
    for (const id of ["pictures", "samples"]) clearSheet(canvas(id));
    for (const id of ["at", "loss"]) element(id).textContent = "";
    element("progressed").textContent = "Not started";
    element<HTMLProgressElement>("progress").value = 0;
    tell();
    say("");
    curve();
  }

  async function discard() {
    await Promise.all([forget("training"), forget("images")]);
    clear();
    update();
  }

  const read = ({ files, folder }: Chosen) =>
    files.length === 0 ? undefined : take({ kind: "read", files, folder }).catch(failed);

  for (const id of ["folder", "files"])
    input(id).addEventListener("change", () => {
      read(chosenBy(input(id)));
      input(id).value = "";
    });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  for (const end of ["dragleave", "drop"])
    document.addEventListener(end, () => document.body.classList.remove("dropping"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer) chosenByDrop(event.dataTransfer).then(read).catch(failed);
  });
  button("avatars").addEventListener("click", () => take({ kind: "avatars" }).catch(failed));
  button("train").addEventListener("click", () => {
    if (doing === "training") {
      doing = "pausing";
      ask({ kind: "save", stop: true });
    } else if (doing === "nothing") {
      if (!input("minutes").reportValidity()) return;
      tell();
      train();
    }
    update();
  });
  button("discard").addEventListener("click", () => {
    if (confirm("Discard the pictures and what was learned from them?")) discard().catch(failed);
  });
  button("explore").addEventListener("click", () => window.open("explore.html", "imagefn-explore"));
  button("run").addEventListener("click", async () => {
    try {
      const last = await kept("training");
      if (images && last) saveRun(about, images, last);
    } catch (error) {
      failed(error);
    }
  });
  button("png").addEventListener("click", () => savePng(canvas("samples"), "samples").catch(failed));
  // A tab that is hidden may be closed next, or be ended by a phone.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && doing === "training") ask({ kind: "save", stop: false });
  });
  findAdapter().then((found) => {
    element<HTMLOptionElement>("webgpu").disabled = "missing" in found;
    element("gpu").textContent =
      "missing" in found
        ? `No GPU: ${found.missing} (${found.remedy}).`
        : `GPU: ${found.name}${found.software ? ", a software driver, which is slower than the CPU" : ""}.`;
  }, failed);
  new ResizeObserver(curve).observe(canvas("curve"));
  element("controls").addEventListener("submit", (event) => event.preventDefault());
  await restore();
}

/** Two pages that train would overwrite each other's checkpoints. A page that is reloaded holds its lock a moment longer. */
async function alone(act: () => Promise<void>): Promise<void> {
  // Pages over plain http have no locks.
  if (!navigator.locks) return act();
  const held = async () => {
    await act();
    await new Promise(() => {});
  };
  const signal = AbortSignal.timeout(3000);
  await navigator.locks.request(`imagefn-studio ${location.pathname}`, { signal }, held).catch((error) => {
    if (error !== signal.reason) throw error;
    tell("The studio is open in another tab. Close it there, then reload this page.");
  });
}

alone(start).catch(failed);
