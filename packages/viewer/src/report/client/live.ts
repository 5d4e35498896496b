// In the live page of a run: applies the updates that the server sends. It runs before the other scripts.
import type { Update } from "../serve.js";

/** The markup of each part before other scripts changed it, so that a part with the same markup is left alone. */
const markups = new Map<string, string>();
for (const { id, innerHTML } of document.querySelectorAll("section")) markups.set(id, innerHTML);

const source = new EventSource("/events");

source.addEventListener("report", ({ data }) => {
  const { parts, chart, live }: Update = JSON.parse(data);
  for (const [id, markup] of Object.entries(parts)) {
    // The markup was escaped where it was made, and the page's policy runs no script in it.
    const made = document.createElement("template");
    made.innerHTML = markup;
    if (made.innerHTML === markups.get(id)) continue;
    markups.set(id, made.innerHTML);
    const part = document.getElementById(id)!;
    const chosen = [...part.querySelectorAll("input:checked")].map((input) => input.id);
    part.replaceChildren(made.content);
    for (const input of part.querySelectorAll("input")) if (chosen.includes(input.id)) input.checked = true;
  }
  document.dispatchEvent(new CustomEvent("report-parts"));
  if (chart) document.dispatchEvent(new CustomEvent("report-curves", { detail: chart }));
  if (!live) source.close();
});

source.addEventListener("error", () => {
  source.close();
  const note = document.createElement("p");
  note.className = "status";
  note.textContent = "Lost contact with the training process; this page no longer updates.";
  document.getElementById("status")!.append(note);
});
