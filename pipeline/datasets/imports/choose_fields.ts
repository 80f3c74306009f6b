/**
 * The fields of a data set, by the values of its arrays.
 *
 * @module
 */

import { DataError, UserError } from "../../../errors.ts";
import { formatCount, formatNumber, formatRound } from "../../../format.ts";
import { fieldNames } from "../stored_names.ts";
import {
  type ArraySurvey,
  type ComponentSurvey,
  largestOf,
  MAX_CATEGORIES,
} from "./array_survey.ts";
import { shortNumber } from "./choose_origin.ts";
import type { ImportOptions } from "./import_options.ts";
import type { Preparation, PreparedField } from "./preparation.ts";
import type { Survey } from "./survey.ts";
import { suspectValue } from "./suspect_values.ts";
import type { LeftOut, WantedArray } from "./wanted_arrays.ts";

/** The fields, the arrays without one, and what a user should know. */
export interface ChosenFields {
  readonly fields: readonly PreparedField[];
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly string[];
}

/** Size of round-off relative to the largest component, of float64 and of float32. */
const ROUND_OFF = 1e-12;
const ROUND_OFF_32 = 1e-7;
/** The same across the plane of meshes of two dimensions, where solvers leave their residuals. */
const ROUND_OFF_ACROSS = 1e-6;
/** Components below this share of the largest one are reported. */
const SMALL = 1e-6;
/** Variation of a constant relative to its size. */
const CONSTANT = 1e-12;
const CONSTANT_32 = 2.4e-7;
/** Rounding of float32 relative to the deviation of a field from which an offset is stored. */
const OFFSET_LOSS = 1e-4;
/** Steps of float32 within the range of a field, below which it has hardly any values. */
const FEW_STEPS = 1000;
/** Scalars below this are likely round-off around 0. */
const TINY = 1e-14;
/** The smallest number that float32 holds in full precision. */
const SMALLEST = 2 ** -126;

/**
 * Chooses the fields.
 *
 * @param ids Id of each sample, for errors
 * @param keepsConstants Whether arrays with one value in all samples remain fields
 * @param flat The plane of meshes of two dimensions in space
 * @throws {DataError} If an array has values that are not numbers, or stand for "no value"
 */
export function chooseFields(
  { wanted, arrays, rawArrays, leftOut, meshes }: Survey,
  ids: readonly string[],
  options: ImportOptions,
  keepsConstants: boolean,
  flat: Preparation["flat"],
): ChosenFields {
  const names = fieldNames(wanted.map(({ array }) => array), meshes[0].path);
  const fields: PreparedField[] = [];
  const excluded: LeftOut[] = [];
  const notes: string[] = [];
  for (const [k, want] of wanted.entries()) {
    const survey = arrays.get(want.array)!;
    const isCategorical = options.categorical?.includes(want.array) ?? false;
    const raw = rawArrays.get(want.array);
    checkFinite(raw ?? survey, want.role, ids, options);
    if (!isCategorical) checkSuspects(raw ?? survey, want.role, ids, options, notes);
    const constant = keepsConstants ? undefined : constantText(survey);
    const reason = constant ?? inexactText(survey, want.role, ids);
    if (reason !== undefined) {
      excluded.push({ array: want.array, reason });
      continue;
    }
    checkVariation(survey);
    const field = isCategorical
      ? categoricalField(names[k], want, raw ?? survey)
      : numericField(names[k], want, survey, flat, { excluded, notes });
    fields.push(field);
    const steps = float32Steps(survey);
    if (steps < FEW_STEPS) {
      notes.push(
        `"${want.array}" is float32 in the files, which has only ${formatRound(steps)} values in ` +
          "its range: write it in float64, or without the large constant part",
      );
    }
    const flattened = field.categories === undefined ? flattenedSample(field, survey) : undefined;
    if (flattened !== undefined) {
      const { sample, range, value } = flattened;
      notes.push(
        `"${want.array}" varies by only ${formatNumber(range)} around ${formatRound(value)} in ` +
          `sample "${ids[sample]}", of which float32 loses more than a thousandth: subtract a ` +
          "constant from each sample if that variation matters",
      );
    }
    if (survey.components.length === 1 && survey.largest > 0 && survey.largest < TINY) {
      notes.push(
        `"${want.array}" is at most ${formatNumber(survey.largest)} in size: leave it out if ` +
          "that is round-off",
      );
    }
  }
  const targets = wanted.filter(({ role }) => role === "target");
  if (targets.length > 0 && !fields.some(({ role }) => role === "target")) {
    const { array, reason } = excluded[excluded.length - 1];
    throw new DataError(
      `Cannot use "${array}" as target: a target must vary over the samples, ${reason}`,
    );
  }
  return { fields, leftOut: [...excluded, ...leftOut], notes };
}

function checkFinite(
  { array, notFinite, count, missingCount }: ArraySurvey,
  role: WantedArray["role"],
  ids: readonly string[],
  { mask }: ImportOptions,
): void {
  if (notFinite) {
    const { value, sample, node } = notFinite;
    throw new DataError(
      `Cannot use array "${array}": a field must be finite, sample "${ids[sample]}" has ` +
        `${value} at ${node}; ` +
        (Number.isNaN(value) && role === "target"
          ? "targets that are missing there: --missing nan, or --mask with an array of 0 and 1"
          : "correct the file"),
    );
  }
  if (count > 0 || missingCount === 0) return;
  throw new DataError(
    `Cannot use array "${array}": a target must be known somewhere, found no value` +
      (mask === undefined ? "" : ` where "${mask}" is 1`),
  );
}

function checkSuspects(
  survey: ArraySurvey,
  role: WantedArray["role"],
  ids: readonly string[],
  { allowOutliers = false }: ImportOptions,
  notes: string[],
): void {
  const suspect = suspectValue(survey);
  if (suspect === undefined) return;
  const { value, count, sample, node, reason, isRefused } = suspect;
  const text = `${value} at ${node} of sample "${ids[sample]}"` +
    (count > 1 ? ` and ${formatCount(count - 1)} more` : "");
  if (isRefused && !allowOutliers) {
    const remedy = role === "target"
      ? `use --missing=${value}`
      : "correct the files, as only targets may be missing";
    throw new DataError(
      `Cannot use array "${survey.array}": its values must be of one kind, found ${text}, ` +
        `${reason}; if that means "no value", ${remedy}; if it is a value, use --allow-outliers`,
    );
  }
  notes.push(`"${survey.array}" has values far from the others: ${text}, ${reason}`);
}

/** Checks that float32 has numbers of full precision within the range of an array. */
function checkVariation({ array, components }: ArraySurvey): void {
  const range = Math.max(...components.map(({ low, high }) => high - low));
  if (range === 0 || range >= SMALLEST) return;
  throw new DataError(
    `Cannot use array "${array}": its values must vary by at least ${formatNumber(SMALLEST)}, as ` +
      `float32 holds no smaller ones exactly, they vary by ${formatNumber(range)}; write it in ` +
      "other units",
  );
}

/** The first sample within which float32 holds few values of a field, if there is one. */
function flattenedSample(
  { stored, offset }: PreparedField,
  { components, isInteger }: ArraySurvey,
) {
  if (isInteger) return undefined;
  for (const [k, c] of stored.entries()) {
    const { low, high, sampleLows, sampleHighs } = components[c];
    for (const [sample, least] of sampleLows.entries()) {
      const range = sampleHighs[sample] - least;
      const size = Math.abs(least + range / 2 - (offset?.[k] ?? 0));
      // A sample that varies by no more than the rounding of its file is constant.
      const isConstant = range <= CONSTANT * Math.max(Math.abs(low), Math.abs(high));
      if (isConstant || range >= FEW_STEPS * size * 2 ** -23) continue;
      return { sample, range, value: least + range / 2 };
    }
  }
  return undefined;
}

/** The reason to leave an array out if it has one value everywhere. */
function constantText({ components, isFloat32 }: ArraySurvey): string | undefined {
  const slack = isFloat32 ? CONSTANT_32 : CONSTANT;
  const isConstant = (component: ComponentSurvey) =>
    component.high - component.low <= slack * largestOf(component);
  if (!components.every(isConstant)) return undefined;
  const values = components.map(({ low }) => formatRound(low, 6));
  return `it is ${values.length === 1 ? values[0] : `(${values.join(", ")})`} in all samples`;
}

/** The reason to leave out integers that float32 does not represent, such as numbers of nodes. */
function inexactText(
  { array, inexact, components, count }: ArraySurvey,
  role: WantedArray["role"],
  ids: readonly string[],
): string | undefined {
  const isHeld = components.every((component) =>
    component.high - component.low < 2 ** 24 && offsetOf(component, count) !== 0
  );
  if (inexact === undefined || isHeld) return undefined;
  const { value, sample, node } = inexact;
  const place = `${node} of sample "${ids[sample]}"`;
  const text = `an integer must be exact in float32, found ${value} at ${place}`;
  if (role === undefined) return text;
  throw new DataError(`Cannot use array "${array}": ${text}`);
}

function categoricalField(
  name: string,
  { array, place, role }: WantedArray,
  { components, distinct, unit }: ArraySurvey,
): PreparedField {
  if (role === "target") {
    throw new UserError(
      `Cannot use array "${array}" as categories: it must be an input, it is a target`,
    );
  }
  if (components.length !== 1 || distinct.size > MAX_CATEGORIES) {
    throw new DataError(
      `Cannot use array "${array}" as categories: it must have 1 component and at most ` +
        `${MAX_CATEGORIES} values, found ` +
        (components.length === 1 ? "more values" : `${components.length} components`),
    );
  }
  const categories = [...distinct].sort((a, b) => a - b);
  const stored = categories.map((_, k) => k);
  return { name, array, place, role, unit, components: 1, stored, categories };
}

function numericField(
  name: string,
  { array, place, role }: WantedArray,
  survey: ArraySurvey,
  flat: Preparation["flat"],
  { excluded, notes }: { readonly excluded: LeftOut[]; readonly notes: string[] },
): PreparedField {
  const { components, isFloat32, unit, largest } = survey;
  const across = components.length === 3 ? flat?.axis : undefined;
  const noiseOf = (c: number) =>
    c === across ? ROUND_OFF_ACROSS : isFloat32 ? ROUND_OFF_32 : ROUND_OFF;
  const all = components.map((_, c) => c);
  const stored = largest > 0
    ? all.filter((c) => largestOf(components[c]) > noiseOf(c) * largest)
    : all;
  for (const c of all) {
    const size = largestOf(components[c]);
    if (stored.includes(c)) {
      if (size < SMALL * largest) {
        notes.push(
          `"${array}[${c}]" is at most ${formatNumber(size)} in size, while the largest ` +
            `component is ${formatNumber(largest)}`,
        );
      }
      continue;
    }
    const reason = size === 0
      ? "it is 0 in all samples"
      : `it is round-off: at most ${formatNumber(size)} in size, while the largest component is ` +
        formatNumber(largest);
    excluded.push({ array: `${array}[${c}]`, reason });
  }
  const offset = stored.map((c) => offsetOf(components[c], survey.count));
  return {
    name,
    array,
    place,
    role,
    unit,
    components: components.length,
    stored,
    offset: offset.some((value) => value !== 0) ? offset : undefined,
  };
}

/** The least number of values that float32 has in the range of a component, if files are float32. */
function float32Steps({ components, isFloat32, isInteger }: ArraySurvey): number {
  if (!isFloat32 || isInteger) return Infinity;
  return Math.min(...components.map((component) => {
    const size = largestOf(component);
    const range = component.high - component.low;
    return size > 0 && range > 0 ? range / 2 ** (Math.floor(Math.log2(size)) - 23) : Infinity;
  }));
}

/** The number to subtract so that float32 holds the variation, or 0. */
function offsetOf({ mean, squares, roundingSquares, low, high }: ComponentSurvey, count: number) {
  const deviation = Math.sqrt(squares / count);
  const error = Math.sqrt(roundingSquares / count);
  if (low === high || error <= OFFSET_LOSS * deviation) return 0;
  return shortNumber(mean, high - low);
}
