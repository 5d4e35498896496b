// In the page of a report: turns the list of grids along training into one place with a slider.

/** Title of the chosen frame; undefined while the newest is followed. */
let chosen: string | undefined;

function turn(list: HTMLElement): void {
  const frames = [...list.children] as HTMLElement[];
  const titles = frames.map((frame) => frame.querySelector("figcaption")!.textContent!.trim());
  if (frames.length < 2) return;
  const turner = document.createElement("div");
  const input = document.createElement("input");
  const output = document.createElement("output");
  const found = chosen === undefined ? -1 : titles.indexOf(chosen);
  Object.assign(input, { type: "range", min: "0", max: String(frames.length - 1) });
  input.setAttribute("aria-label", "step of training");
  input.value = String(found < 0 ? frames.length - 1 : found);
  turner.className = "turner";
  turner.append(input, output);
  list.before(turner);
  list.classList.add("turning");
  const show = () => {
    const at = Number(input.value);
    frames.forEach((frame, i) => frame.classList.toggle("on", i === at));
    output.textContent = titles[at];
    input.setAttribute("aria-valuetext", titles[at]);
  };
  input.addEventListener("input", () => {
    chosen = Number(input.value) === frames.length - 1 ? undefined : titles[Number(input.value)];
    show();
  });
  show();
}

const turnAll = () => document.querySelectorAll<HTMLElement>(".frames:not(.turning)").forEach(turn);
turnAll();
document.addEventListener("report-parts", turnAll);
