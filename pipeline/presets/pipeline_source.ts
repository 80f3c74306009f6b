/**
 * A pipeline as the TypeScript file that defines it.
 *
 * @module
 */

import type { PipelineSpec } from "../engine/definition/spec.ts";

/** Width at which objects and arrays break. */
const WIDTH = 100;

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * The source of a module that default-exports a pipeline. Imported, it gives the same pipeline.
 *
 * @param spec Plain data
 * @param title First line of the module
 */
export function pipelineSource(spec: PipelineSpec, title: string): string {
  const head = "export default definePipeline(";
  const lines = [
    `// ${title.replace(/\s+/g, " ")}`,
    "//",
    "// Run it in the folder of Haloflow with: deno task pipeline PATH/OF/THIS/FILE.ts",
    "//",
    "// The import below resolves inside the Haloflow project. Another project names the folder of",
    '// Haloflow in its deno.json: { "links": ["../haloflow"] }',
    "",
    'import { definePipeline } from "@haloflow/haloflow";',
    "",
    `${head}${valueSource(spec, "", head.length)});`,
    "",
  ];
  return lines.join("\n");
}

/** The literal of a value that starts at `column` of a line with an indent. */
function valueSource(value: unknown, indent: string, column: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const isArray = Array.isArray(value);
  const inner = `${indent}  `;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined).map((
    [name, part],
  ) => {
    const key = isArray ? "" : `${keySource(name)}: `;
    return key + valueSource(part, inner, inner.length + key.length);
  });
  const open = isArray ? "[" : "{";
  const close = isArray ? "]" : "}";
  if (entries.length === 0) return open + close;
  const joined = entries.join(", ");
  const line = isArray ? `[${joined}]` : `{ ${joined} }`;
  // A comma or a bracket may follow.
  if (!line.includes("\n") && column + line.length + 2 <= WIDTH) return line;
  return [open, ...entries.map((entry) => `${inner}${entry},`), indent + close].join("\n");
}

function keySource(name: string): string {
  // `__proto__: value` would set the prototype.
  if (name === "__proto__") return '["__proto__"]';
  return IDENTIFIER.test(name) ? name : JSON.stringify(name);
}
