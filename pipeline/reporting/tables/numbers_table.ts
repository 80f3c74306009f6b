/**
 * Tables of numbers in a page: methods as rows, in groups.
 *
 * @module
 */

import { type Markup, markup } from "../page/markup.ts";

/**
 * A table in a region that scrolls on narrow screens.
 *
 * @param heads Column heads, that of the row names first
 * @param bodies Rows of each group
 */
export function numbersTable(
  label: string,
  heads: readonly string[],
  bodies: readonly (readonly Markup[])[],
): Markup {
  const columns = heads.map((head) => markup`<th scope="col">${head}</th>`);
  const groups = bodies.map((rows) => markup`<tbody>${rows}</tbody>`);
  return markup`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
<table class="numbers"><thead><tr>${columns}</tr></thead>${groups}</table></div>`;
}

/** The row that names a group. */
export function groupRow(title: string, columnCount: number): Markup {
  return markup`<tr class="group">
<th scope="rowgroup" colspan="${columnCount}">${title}</th></tr>`;
}

/** One row per method, with the smallest value of each column in bold if `marksSmallest`. */
export function methodRows(
  rows: readonly { readonly label: string; readonly method: string }[],
  columns: readonly {
    readonly values: readonly number[];
    readonly format: (value: number) => string;
    /** @default false */
    readonly marksSmallest?: boolean | undefined;
  }[],
): Markup[] {
  const smallest = columns.map(({ values }) => Math.min(...values));
  return rows.map(({ label, method }, k) => {
    const cells = columns.map(({ values, format, marksSmallest }, c) => {
      const text = format(values[k]);
      const isBold = marksSmallest && values[k] === smallest[c];
      return markup`<td>${isBold ? markup`<b>${text}</b>` : text}</td>`;
    });
    const kind = method === "network" ? "network" : "baseline";
    return markup`<tr class="${kind}"><th scope="row">${label}</th>${cells}</tr>`;
  });
}
