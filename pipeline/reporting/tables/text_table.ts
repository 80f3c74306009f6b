/**
 * Tables for a terminal.
 *
 * @module
 */

import Table from "cli-table3";

/** No lines except one below the head. */
const RULE_BELOW_HEAD = {
  top: "",
  "top-left": "",
  "top-mid": "",
  "top-right": "",
  bottom: "",
  "bottom-left": "",
  "bottom-mid": "",
  "bottom-right": "",
  mid: "─",
  "left-mid": "",
  "mid-mid": "",
  "right-mid": "",
  left: "",
  middle: "",
  right: "",
};

/**
 * A table without colours, names aligned left and figures aligned right; heads of several words
 * take two lines.
 */
export function textTable(
  title: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const table = new Table({
    head: [printable(title), ...heads.map(onTwoLines)],
    colAligns: ["left", ...heads.map(() => "right" as const)],
    style: { head: [], border: [], compact: true },
    chars: RULE_BELOW_HEAD,
  });
  for (const [name, ...figures] of rows) {
    table.push([printable(name), ...heads.map((_, k) => figures[k] ?? "")]);
  }
  return table.toString().split("\n").map((line) => line.trimEnd());
}

/** Fits the table into a terminal of 80 columns: breaks after a comma, or before the last word. */
function onTwoLines(title: string): string {
  return title.includes(", ") ? title.replace(", ", "\n") : title.replace(/ (?=\S+$)/, "\n");
}

/** Labels come from data sets: a control character among them could rewrite the terminal. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd");
}
