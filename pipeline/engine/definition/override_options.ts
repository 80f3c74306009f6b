/**
 * Changes of a pipeline's values by path, as of `--set`.
 *
 * @module
 */

import { didYouMean, PipelineError } from "../../../errors.ts";
import { isObject } from "../../../io/json_text.ts";
import { parseYamlValue } from "../../../io/yaml.ts";
import { type PipelineSpec, STAGE_KEYS, type StageSpec } from "./spec.ts";

/** Length of the path of an option, such as `stages.model.with.hops`. */
const OPTION_DEPTH = 4;

/** Properties of a stage that are objects, whose members can be set one by one. */
const OBJECT_KEYS = ["with", "permissions"];

/**
 * Values to replace in a pipeline, nested as in the pipeline itself. Objects are merged at every
 * depth; any other value, arrays included, replaces the one in the pipeline. `undefined` leaves it
 * unchanged.
 */
export interface PipelineOverrides {
  readonly name?: string | undefined;
  /** By name of the stage. */
  readonly stages?: Readonly<Record<string, StageOverrides | undefined>> | undefined;
}

/** Values to replace in one stage. */
export type StageOverrides = { readonly [Key in keyof StageSpec]?: StageSpec[Key] | undefined };

/**
 * Returns a copy of a pipeline with some of its values replaced.
 *
 * Names of stages and of their properties are checked here, options when the pipeline is validated.
 *
 * @param overrides An object nested like the pipeline, or assignments `path=value` as for `--set`,
 * whose values are read as YAML reads them: numbers, booleans, null, `[lists]`, `{ objects: 1 }`,
 * `"text in quotes"`; any other value is a string
 * @throws {PipelineError} If a value cannot be set; lists every such path.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { overrideOptions } from "./override_options.ts";
 *
 * const spec = { name: "p", stages: { model: { run: "train", with: { hops: 4, seed: 1 } } } };
 * const changed = overrideOptions(spec, { stages: { model: { ranks: 2, with: { hops: 6 } } } });
 * assert.deepEqual(changed.stages.model, { run: "train", with: { hops: 6, seed: 1 }, ranks: 2 });
 * const assignments = ["stages.model.with.hops=6", "stages.model.ranks=2"];
 * assert.deepEqual(overrideOptions(spec, assignments), changed);
 * assert.deepEqual(spec.stages.model.with, { hops: 4, seed: 1 });
 * ```
 */
export function overrideOptions(
  spec: PipelineSpec,
  overrides: PipelineOverrides | readonly string[],
): PipelineSpec {
  const assignments = isList(overrides)
    ? overrides.map(parseAssignment)
    : assignmentsIn(overrides, []);
  const changed = structuredClone(spec);
  const problems: string[] = [];
  for (const assignment of assignments) {
    const problem = assign(changed, assignment);
    if (problem !== undefined) problems.push(`Cannot set "${assignment.text}": ${problem}`);
  }
  if (problems.length > 0) throw new PipelineError(problems.join("\n"), problems);
  return changed;
}

/** A value for one place in a pipeline. */
interface Assignment {
  /** The assignment in a message. */
  readonly text: string;
  readonly path: readonly string[];
  /** Undefined if it is missing or invalid. */
  readonly value: unknown;
  readonly problem?: string | undefined;
}

function isList(overrides: PipelineOverrides | readonly string[]): overrides is readonly string[] {
  return Array.isArray(overrides);
}

function parseAssignment(text: string): Assignment {
  const equals = text.indexOf("=");
  if (equals <= 0) return { text, path: text.split("."), value: undefined };
  const path = text.slice(0, equals).split(".");
  const value = text.slice(equals + 1);
  if (path[0] === "name") return { text, path, value };
  return value.trim() === "" ? { text, path, value: undefined } : {
    text,
    path,
    ...parseYamlValue(value),
  };
}

/** The leaves of nested overrides. Objects below the options of a stage are merged too. */
function assignmentsIn(value: unknown, path: readonly string[]): readonly Assignment[] {
  if (value === undefined) return [];
  // An empty object changes nothing of a stage, but may be the value of an option.
  if (!isObject(value) || Object.keys(value).length === 0) {
    return isObject(value) && path.length < OPTION_DEPTH
      ? []
      : [{ text: path.join("."), path, value }];
  }
  return Object.entries(value).flatMap(([key, part]) => assignmentsIn(part, [...path, key]));
}

/** Makes one assignment in place; returns the problem with it, if any. */
function assign(spec: PipelineSpec, { path, value, problem }: Assignment): string | undefined {
  if (problem !== undefined) return problem;
  if (value === undefined) {
    return "it has no value; write path=value, such as stages.model.with.hops=6";
  }
  const [top, stage, key, ...rest] = path;
  if (top === "name" && path.length === 1) return setAt(spec, path, value);
  if (top !== "stages") return `unknown path "${top}", ${didYouMean(top, ["name", "stages"])}`;
  if (stage === undefined) {
    return "the path ends too early; write stages.<stage>.with.<option>=value";
  }
  if (!Object.hasOwn(spec.stages, stage)) {
    return `no stage "${stage}", ${didYouMean(stage, Object.keys(spec.stages))}`;
  }
  if (key === undefined) return "the path ends too early; write stages.<stage>.with.<option>=value";
  if (!STAGE_KEYS.includes(key)) {
    return `a stage has no property "${key}", ${didYouMean(key, STAGE_KEYS)}`;
  }
  if (key === "with" && rest.length === 0) {
    return "the option is missing; write with.<option>=value";
  }
  if (!OBJECT_KEYS.includes(key) && rest.length > 0) return `"${key}" has no properties`;
  return setAt(spec, path, value);
}

/**
 * Sets a value deep in plain data, adding objects on the way; returns the problem if a value on the
 * path is not an object.
 */
function setAt(root: object, path: readonly string[], value: unknown): string | undefined {
  let target = root as Record<string, unknown>;
  for (const [depth, name] of path.slice(0, -1).entries()) {
    if (!Object.hasOwn(target, name)) define(target, name, {});
    const next = target[name];
    if (typeof next !== "object" || next === null) {
      const parent = path.slice(0, depth + 1).join(".");
      return `"${parent}" is ${JSON.stringify(next)}, which has no properties`;
    }
    target = next as Record<string, unknown>;
  }
  define(target, path[path.length - 1], value);
  return undefined;
}

/** Sets an own property even where the name is `__proto__`. */
function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
