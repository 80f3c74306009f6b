/**
 * HTML and SVG as escaped text: only the literal parts of a template are markup.
 *
 * @module
 */

/** Text that is markup, created by `markup` and `trustedMarkup`. */
export class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** A value in a template; `undefined` and `false` render as nothing. */
export type MarkupValue = string | number | Markup | undefined | false | readonly MarkupValue[];

/**
 * Markup from a template whose values are escaped, attributes included, unless they are markup
 * themselves.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(String(markup`<b title="${'"'}">${"a < b"}</b>`), '<b title="&quot;">a &lt; b</b>');
 * ```
 */
export function markup(parts: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  let text = parts[0];
  for (const [k, value] of values.entries()) text += render(value) + parts[k + 1];
  return new Markup(text);
}

/** Text as markup without escaping: style sheets, and output of a library that escapes it. */
export function trustedMarkup(text: string): Markup {
  return new Markup(text);
}

/** Escapes the five special characters of HTML; replaces control characters that it forbids. */
export function escapeHtml(text: string): string {
  // deno-lint-ignore no-control-regex
  const printable = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "\ufffd");
  return printable.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function render(value: MarkupValue): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Markup) return String(value);
  if (typeof value === "object") return value.map(render).join("");
  return escapeHtml(String(value));
}
