// HTML as template literals in which everything that is put in is escaped.

/** Text that is markup already. */
export interface Markup {
  readonly markup: string;
}

export type Content = Markup | string | number | false | undefined | readonly Content[];

/** Markup of a template: strings and numbers are escaped, markup and lists of it stay, false and undefined are nothing. */
export function html(texts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return { markup: texts.reduce((text, next, i) => text + markupOf(contents[i - 1]) + next) };
}

function markupOf(content: Content): string {
  if (content === undefined || content === false) return "";
  if (typeof content === "string" || typeof content === "number") return escapeHtml(String(content));
  return "markup" in content ? content.markup : content.map(markupOf).join("");
}

/** Text for an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON for a <script> element: no `<`, so that neither `</script>` nor `<!--` can be in it. */
export function jsonMarkup(value: unknown): Markup {
  return { markup: JSON.stringify(value).replaceAll("<", "\\u003c") };
}

/** A whole page: what every page of ours has in its head, and the rest. `head` is what follows there, `body` ends its line. */
export function pageMarkup({
  title,
  policy,
  head,
  body,
}: {
  title: string;
  policy: string;
  head: Markup;
  body: Markup;
}): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title} · imagefn</title>
<link rel="icon" href="data:,">
${head}
</head>
<body>
${body}</body>
</html>
`.markup;
}
