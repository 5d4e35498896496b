// HTML as template literals that escape every inserted value.

/** Text that is already markup. */
export interface Markup {
  readonly markup: string;
}

/** What can be inserted into a template of `html`. */
export type Content = Markup | string | number | false | undefined | readonly Content[];

/**
 * The markup of a template literal: strings and numbers are escaped, markup and lists are inserted as they are, false and
 * undefined insert nothing.
 */
export function html(texts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return { markup: texts.reduce((text, next, i) => text + markupOf(contents[i - 1]) + next) };
}

function markupOf(content: Content): string {
  if (content === undefined || content === false) return "";
  if (typeof content === "string" || typeof content === "number") return escapeHtml(String(content));
  return "markup" in content ? content.markup : content.map(markupOf).join("");
}

/** Escapes text for an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON for a <script> element, without `<`, so that it can contain neither `</script>` nor `<!--`. */
export function jsonMarkup(value: unknown): Markup {
  return { markup: JSON.stringify(value).replaceAll("<", "\\u003c") };
}

/**
 * A whole HTML page.
 * @param page its parts
 */
export function pageMarkup(page: {
  /** Text of the title, escaped here. */
  title: string;
  /** Content security policy. */
  policy: string;
  /** Markup that follows what all pages have in their head. */
  head: Markup;
  /** Markup of the body, with a line break at its end. */
  body: Markup;
}): string {
  const { title, policy, head, body } = page;
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
