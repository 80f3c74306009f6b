/**
 * The reference of the built-in stages as Markdown: `docs/stages.md`.
 *
 * @module
 */

import { describeType, type Schema } from "../../io/schema.ts";
import type { Stage } from "../../pipeline/engine/definition/stage.ts";
import { type OptionRow, optionRows } from "./option_rows.ts";

/** Width of the text outside of tables. */
const WIDTH = 100;

const INTRODUCTION = `# Built-in stages

<!-- Generated: deno task stages --markdown > docs/stages.md -->

A pipeline names a stage by \`run\` and sets its options by \`with\`. Each input is a stream of
record batches from the stage named at the same place in \`from\`; a producer may send more columns
than the input has. An option without a default is required, unless the table states what happens
without it. Shapes: N nodes, D dimensions, I inputs (positions included), O targets.
`;

/** The page of all stages and the record batches between them. */
export function stagesPage(stages: readonly Stage[]): string {
  const batches = new Map<string, Schema>();
  for (const { inputs, output } of stages) {
    for (const schema of output === undefined ? inputs : [...inputs, output]) {
      batches.set(schema.name, schema);
    }
  }
  return [
    INTRODUCTION,
    table(
      ["stage", "purpose"],
      stages.map(({ name, description }) => [link(name, name), description]),
    ),
    ...stages.map(stageSection),
    "## Record batches\n",
    ...[...batches.values()].map(batchSection),
  ].join("\n");
}

function stageSection(stage: Stage): string {
  const rows = optionRows(stage);
  const options = rows.length === 0 ? "No options.\n" : table(
    ["option", "type", "range", "unit", "default", "meaning"],
    rows.map(optionCells),
  );
  const links = [
    ...stage.inputs.map(({ name }) => batchLink(name)),
    ...(stage.optionalInputs ?? []).map(({ name }) => `${batchLink(name)} (optional)`),
  ];
  const inputs = links.join(", ") || "none";
  const facts = [
    wrapped(`- Inputs: ${inputs}`, "  "),
    `- Output: ${outputText(stage)}`,
    ...(stage.peers ? ["- Ranks: one or more, which exchange messages"] : []),
  ];
  const description = wrapped(stage.description);
  return `## ${stage.name}\n\n${description}\n\n${facts.join("\n")}\n\n${options}`;
}

/** The text in lines of at most `WIDTH` characters, those after the first with an indent. */
function wrapped(text: string, indent = ""): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= WIDTH) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else lines.push(line === undefined ? word : indent + word);
  }
  return lines.join("\n");
}

function outputText({ output, routeByRank = false }: Stage): string {
  if (output === undefined) return "none";
  return batchLink(output.name) +
    (routeByRank ? ", each row to the rank in its column `rank`" : "");
}

function optionCells(row: OptionRow): readonly string[] {
  const { name, type, range, unit, absent, meaning } = row;
  const value = row.default === undefined ? absent ?? "required" : code(row.default);
  return [code(name), code(type), range, unit, value, meaning];
}

function batchSection({ name, columns, documentation }: Schema): string {
  const rows = Object.entries(columns).map(([column, type]) => {
    const { shape = "", meaning = "" } = documentation?.columns[column] ?? {};
    return [code(column), describeType(type), shape && code(shape), meaning];
  });
  const heading = `### Record batch ${code(name)}\n\n${wrapped(documentation?.summary ?? "")}\n`;
  return `${heading}\n${table(["column", "type", "shape", "meaning"], rows)}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line), ""].join("\n");
}

function batchLink(name: string): string {
  return link(name, `record-batch-${name}`);
}

function link(text: string, anchor: string): string {
  return `[${code(text)}](#${anchor})`;
}

function code(text: string): string {
  return `\`${text}\``;
}
