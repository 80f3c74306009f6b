/**
 * Whether something is a pipeline at all; it may come from a JSON file or untyped code.
 *
 * @module
 */

import { didYouMean } from "../../../errors.ts";
import { PERMISSION_KINDS, STAGE_KEYS } from "./spec.ts";

/** Letters first, so that a path such as `stages.model.with.hops` can be read in one way only. */
const STAGE_NAME = /^[A-Za-z][\w-]*$/;

/** What keeps a value from being a `PipelineSpec`, one sentence each. */
export function checkShape(spec: unknown): string[] {
  if (!isObject(spec)) return [`Cannot read the pipeline as it must be an object: ${show(spec)}`];
  const problems: string[] = [];
  if (typeof spec.name !== "string" || spec.name === "") {
    problems.push(`Cannot do without a name of the pipeline: ${show(spec.name)}`);
  }
  if (!isObject(spec.stages) || Object.keys(spec.stages).length === 0) {
    return [
      ...problems,
      `Cannot do without stages as there must be at least one: ${show(spec.stages)}`,
    ];
  }
  for (const [name, stage] of Object.entries(spec.stages)) {
    if (!STAGE_NAME.test(name)) {
      problems.push(
        `Cannot name a stage "${name}" as it must start with a letter, then letters, ` +
          `digits, "-" or "_"`,
      );
    }
    problems.push(...stageShape(`stages.${name}`, stage));
  }
  return problems;
}

function stageShape(path: string, stage: unknown): string[] {
  if (!isObject(stage)) return [`Cannot read ${path} as it must be an object: ${show(stage)}`];
  const problems = Object.keys(stage)
    .filter((key) => !STAGE_KEYS.includes(key))
    .map((key) =>
      `Cannot set ${path}.${key}: a stage has no such part, ${didYouMean(key, STAGE_KEYS)}`
    );
  const { run, from, ranks, with: options, permissions } = stage;
  if (typeof run !== "string" || run === "") {
    problems.push(`Cannot read ${path}.run as it must name a stage or its module: ${show(run)}`);
  }
  if (from !== undefined && ![from].flat().every((name) => typeof name === "string")) {
    problems.push(
      `Cannot read ${path}.from as it must be the name of a stage or several: ${show(from)}`,
    );
  }
  if (ranks !== undefined && !(Number.isInteger(ranks) && Number(ranks) >= 1)) {
    problems.push(`Cannot read ${path}.ranks as it must be an integer >= 1: ${show(ranks)}`);
  }
  if (options !== undefined && !isObject(options)) {
    problems.push(`Cannot read ${path}.with as it must be an object of options: ${show(options)}`);
  } else if (!isCloneable(options)) {
    problems.push(
      `Cannot read ${path}.with as it must be plain data: it has a part that cannot go to a worker`,
    );
  }
  return [...problems, ...permissionsShape(`${path}.permissions`, permissions)];
}

function permissionsShape(path: string, permissions: unknown): string[] {
  if (permissions === undefined) return [];
  if (!isObject(permissions)) {
    return [
      `Cannot read ${path} as it must be an object such as { read: ["data"] }: ` +
      `${show(permissions)}`,
    ];
  }
  return Object.entries(permissions).flatMap(([name, values]) => {
    if (!PERMISSION_KINDS.some((kind) => kind === name)) {
      return [
        `Cannot set ${path}.${name}: no stage can have that, ${didYouMean(name, PERMISSION_KINDS)}`,
      ];
    }
    if (
      Array.isArray(values) && values.every((value) => typeof value === "string" && value !== "")
    ) {
      return [];
    }
    return [`Cannot read ${path}.${name} as it must be an array of texts: ${show(values)}`];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value can go to another thread. */
export function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

function show(value: unknown): string {
  return value === undefined
    ? "it is missing"
    : `received ${Deno.inspect(value, { breakLength: Infinity, depth: 2 })}`;
}
