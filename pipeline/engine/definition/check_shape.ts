/**
 * Checks that a value has the shape of a pipeline: it may come from a JSON file or untyped code.
 *
 * @module
 */

import { didYouMean } from "../../../errors.ts";
import { isObject } from "../../../io/json_text.ts";
import { received } from "./check_options.ts";
import { PERMISSION_KINDS, STAGE_KEYS } from "./spec.ts";

/** No dots, so that a path such as `stages.model.with.hops` is unambiguous. */
const STAGE_NAME = /^[A-Za-z][\w-]*$/;

/** Names become parts of file names, which may have 255 bytes. */
const MAX_NAME_LENGTH = 200;

/** Maximal number of ranks of a stage, as for `--ranks`: each rank is a thread. */
const MAX_RANKS = 4096;

/** Returns one sentence for each reason why a value is not a `PipelineSpec`. */
export function checkShape(spec: unknown): string[] {
  if (!isObject(spec)) return [`Cannot read the pipeline: it must be an object, ${received(spec)}`];
  const problems: string[] = [];
  if (typeof spec.name !== "string" || spec.name === "") {
    problems.push(
      `Cannot read the pipeline: its name must be a text that is not empty, ${received(spec.name)}`,
    );
  }
  if (!isObject(spec.stages) || Object.keys(spec.stages).length === 0) {
    return [
      ...problems,
      `Cannot read the pipeline: stages must have at least one entry, ${received(spec.stages)}`,
    ];
  }
  for (const [name, stage] of Object.entries(spec.stages)) {
    if (!STAGE_NAME.test(name)) {
      problems.push(
        `Cannot name a stage "${name}": it must be a letter followed by letters, digits, "-" ` +
          'or "_"',
      );
    } else if (name.length > MAX_NAME_LENGTH) {
      problems.push(
        `Cannot name a stage "${name.slice(0, 20)}…": it must have at most ${MAX_NAME_LENGTH} ` +
          `characters, received ${name.length}`,
      );
    }
    problems.push(...stageShape(`stages.${name}`, stage));
  }
  return problems;
}

function stageShape(path: string, stage: unknown): string[] {
  if (!isObject(stage)) return [`Cannot read ${path}: it must be an object, ${received(stage)}`];
  const problems = Object.keys(stage)
    .filter((key) => !STAGE_KEYS.includes(key))
    .map((key) =>
      `Cannot set ${path}.${key}: no such property of a stage, ${didYouMean(key, STAGE_KEYS)}`
    );
  const { run, from, ranks, with: options, permissions } = stage;
  if (typeof run !== "string" || run === "") {
    problems.push(`Cannot read ${path}.run: it must name a stage or its module, ${received(run)}`);
  }
  if (from !== undefined && ![from].flat().every((name) => typeof name === "string")) {
    problems.push(
      `Cannot read ${path}.from: it must be the name of a stage or an array of names, ` +
        received(from),
    );
  }
  if (ranks !== undefined && !(Number.isInteger(ranks) && Number(ranks) >= 1)) {
    problems.push(`Cannot read ${path}.ranks: it must be an integer >= 1, ${received(ranks)}`);
  } else if (Number(ranks) > MAX_RANKS) {
    problems.push(
      `Cannot read ${path}.ranks: it must be <= ${MAX_RANKS}, as every rank is a thread, ` +
        received(ranks),
    );
  }
  if (options !== undefined && !isObject(options)) {
    problems.push(
      `Cannot read ${path}.with: it must be an object of options, ${received(options)}`,
    );
  } else if (!isCloneable(options)) {
    problems.push(
      `Cannot read ${path}.with: it must be plain data, a value in it cannot be sent to a worker`,
    );
  }
  return [...problems, ...permissionsShape(`${path}.permissions`, permissions)];
}

function permissionsShape(path: string, permissions: unknown): string[] {
  if (permissions === undefined) return [];
  if (!isObject(permissions)) {
    return [
      `Cannot read ${path}: it must be an object such as { read: ["data"] }, ` +
      received(permissions),
    ];
  }
  return Object.entries(permissions).flatMap(([name, values]) => {
    if (!PERMISSION_KINDS.some((kind) => kind === name)) {
      return [
        `Cannot set ${path}.${name}: no such permission, ${didYouMean(name, PERMISSION_KINDS)}`,
      ];
    }
    if (
      Array.isArray(values) && values.every((value) => typeof value === "string" && value !== "")
    ) {
      return [];
    }
    return [`Cannot read ${path}.${name}: it must be an array of texts, ${received(values)}`];
  });
}

/** Whether a value can be sent to another thread. */
export function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
