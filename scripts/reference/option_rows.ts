/**
 * Options of a stage as rows of a table, from their schema.
 *
 * @module
 */

import { z } from "zod";
import type { Stage } from "../../pipeline/engine/definition/stage.ts";

/** An option of a stage in words. */
export interface OptionRow {
  /** Path of the option, such as `webgpu.blockEdges` or `more[].store`. */
  readonly name: string;
  /** TypeScript type, such as `integer | "all"`. */
  readonly type: string;
  /** Allowed values, such as `>= 1`; empty for all of the type. */
  readonly range: string;
  /** Unit; empty for none. */
  readonly unit: string;
  /** Default as JSON; undefined for an option without one. */
  readonly default: string | undefined;
  /** Behaviour without the option, if it may be absent and has no default. */
  readonly absent: string | undefined;
  /** One sentence. */
  readonly meaning: string;
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The options of a stage in the order of their schema, each followed by those inside it. */
export function optionRows(stage: Stage): readonly OptionRow[] {
  return rowsOf(z.toJSONSchema(stage.options, { io: "input" }), "");
}

function rowsOf(schema: JsonSchema, prefix: string): OptionRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const option = value as JsonSchema;
    const isRequired = schema.required?.includes(key) ?? false;
    return [rowOf(prefix + key, option, isRequired), ...nestedRows(option, prefix + key)];
  });
}

function nestedRows(schema: JsonSchema, name: string): OptionRow[] {
  const items = schema.items as JsonSchema | undefined;
  return [
    ...rowsOf(schema, `${name}.`),
    ...(items === undefined ? [] : rowsOf(items, `${name}[].`)),
    ...alternatives(schema).flatMap((alternative) => rowsOf(alternative, `${name}.`)),
  ];
}

function rowOf(name: string, schema: JsonSchema, isRequired: boolean): OptionRow {
  const { unit, absent, default: value, description } = schema as JsonSchema & {
    readonly unit?: string | undefined;
    readonly absent?: string | undefined;
  };
  return {
    name,
    type: typeText(schema),
    range: rangeText(schema),
    unit: unit ?? "",
    default: value === undefined ? undefined : JSON.stringify(value),
    absent: isRequired ? undefined : absent,
    meaning: description ?? "",
  };
}

function typeText(schema: JsonSchema): string {
  const types = alternatives(schema).map(typeText);
  if (types.length > 0) return [...new Set(types)].join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) {
    return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  }
  if (schema.type === "array") return `${typeText(schema.items as JsonSchema)}[]`;
  return String(schema.type ?? "any");
}

function rangeText(schema: JsonSchema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, minItems, pattern } = schema;
  const least = isBound(minimum) ? minimum : undefined;
  const most = isBound(maximum) ? maximum : undefined;
  const bounds = least !== undefined && most !== undefined ? [`${least} to ${most}`] : [
    least === undefined ? "" : `>= ${least}`,
    most === undefined ? "" : `<= ${most}`,
  ];
  const items = schema.items === undefined ? "" : rangeText(schema.items as JsonSchema);
  return [
    exclusiveMinimum === undefined ? "" : `> ${exclusiveMinimum}`,
    ...bounds,
    exclusiveMaximum === undefined ? "" : `< ${exclusiveMaximum}`,
    minItems === undefined ? "" : `at least ${minItems} value`,
    items === "" ? "" : `each ${items}`,
    pattern === undefined ? "" : `matches ${pattern}`,
    ...alternatives(schema).map(rangeText),
  ].filter((text) => text !== "").join(", ");
}

/** The bounds of safe integers are those of every integer. */
function isBound(value: number | undefined): value is number {
  return value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  return (schema.anyOf ?? []) as readonly JsonSchema[];
}
