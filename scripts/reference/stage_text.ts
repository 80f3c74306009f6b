/**
 * The reference of one stage for a terminal.
 *
 * @module
 */

import { describeType, type Schema } from "../../io/schema.ts";
import type { Stage } from "../../pipeline/engine/definition/stage.ts";
import { type OptionRow, optionRows } from "./option_rows.ts";

/** Columns of a terminal. */
const WIDTH = 80;

/** One line per stage: its name and its purpose. */
export function stageList(stages: readonly Stage[]): string {
  const width = Math.max(...stages.map(({ name }) => name.length)) + 2;
  return stages.flatMap(({ name, description }) => {
    const [first, ...rest] = wrapped(description, width);
    return [name.padEnd(width) + first.slice(width), ...rest];
  }).join("\n");
}

/** Purpose, inputs, options and output of a stage. */
export function stageText(stage: Stage): string {
  const { name, description, output, peers, routeByRank } = stage;
  const inputs = [
    ...stage.inputs.map((input) => input.name),
    ...(stage.optionalInputs ?? []).map((input) => `${input.name} (optional)`),
  ];
  const options = optionRows(stage);
  return [
    ...wrapped(`${name}: ${description}`, 0),
    "",
    `Inputs: ${inputs.join(", ") || "none"}`,
    `Output: ${output?.name ?? "none"}${routeByRank ? ", each row to the rank in its column" : ""}`,
    ...(peers ? ["Ranks:  one or more, which exchange messages"] : []),
    "",
    options.length === 0 ? "No options" : "Options",
    ...options.flatMap(optionLines),
    ...(output === undefined ? [] : ["", `Columns of ${output.name}`, ...columnLines(output)]),
  ].join("\n");
}

function optionLines({ name, type, range, unit, absent, meaning, ...row }: OptionRow): string[] {
  const value = row.default === undefined ? absent : row.default;
  const facts = [
    type,
    range,
    unit && `in ${unit}`,
    value === undefined ? "required" : `default: ${value}`,
  ];
  return [
    ...wrapped(`${name}: ${facts.filter((fact) => fact !== "").join("; ")}`, 2),
    ...wrapped(meaning, 6),
  ];
}

function columnLines({ columns, documentation }: Schema): string[] {
  return Object.entries(columns).flatMap(([name, type]) => {
    const { shape, meaning = "" } = documentation?.columns[name] ?? {};
    const head = `${name}: ${describeType(type)}${shape === undefined ? "" : ` ${shape}`}`;
    return [...wrapped(head, 2), ...wrapped(meaning, 6)];
  });
}

/** Lines of words within the width, all indented. */
function wrapped(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.replaceAll("`", "").split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line].map((content) => " ".repeat(indent) + content);
}
