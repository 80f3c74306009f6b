/**
 * Differences between the identity of a run and the one that a checkpoint or a result states.
 *
 * @module
 */

import { isObject } from "../../../io/json_text.ts";
import { currentName } from "../../stages/registry.ts";
import type { RunIdentity } from "../../training/checkpoint_file.ts";

/** Further differences are only counted. */
const MAX_SHOWN = 3;

/** The path of the option that names the module of a stage. */
const RUN_PATH = /^stages\.[^.]+\.run$/;

/**
 * Differences of options and data, which make it a different run, as the end of a sentence;
 * undefined if there are none.
 */
export function runDifferences(saved: RunIdentity, current: RunIdentity): string | undefined {
  const options = optionDifferences(saved.pipeline, current.pipeline, []);
  const differences = [
    ...options,
    ...keysOfBoth(saved.data, current.data)
      .filter((path) => saved.data[path] !== current.data[path])
      // A store of another name is reported as an option.
      .filter((path) => !options.some((option) => option.startsWith(`${path} `)))
      .map((path) => `the data of ${path} have changed`),
  ];
  if (differences.length === 0) return undefined;
  const more = differences.length - MAX_SHOWN;
  return differences.slice(0, MAX_SHOWN).join(", ") + (more > 0 ? `, and ${more} more` : "");
}

/** The versions and the stages whose code has changed since; empty if there are none. */
export function codeDifferences(saved: RunIdentity, current: RunIdentity): readonly string[] {
  const versions = keysOfBoth(saved.versions, current.versions)
    .filter((name) => saved.versions[name] !== current.versions[name])
    .map((name) => `${name} ${saved.versions[name]} is now ${current.versions[name]}`);
  const stages = keysOfBoth(saved.code, current.code)
    .filter((name) => saved.code[name] !== current.code[name])
    .map((name) => `stage "${name}"`);
  return [...versions, ...stages];
}

function optionDifferences(saved: unknown, current: unknown, path: readonly string[]): string[] {
  if (isObject(saved) && isObject(current)) {
    return keysOfBoth(saved, current).flatMap((key) =>
      optionDifferences(saved[key], current[key], [...path, key])
    );
  }
  const option = path.join(".");
  // Earlier versions used different names for some of the stages.
  if (RUN_PATH.test(option) && currentName(String(saved)) === current) return [];
  const was = textOf(saved);
  const is = textOf(current);
  return was === is ? [] : [`${option} was ${was} and is now ${is}`];
}

function textOf(value: unknown): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}

function keysOfBoth(saved: object, current: object): string[] {
  return [...new Set([...Object.keys(saved), ...Object.keys(current)])];
}
