/**
 * Inputs that follow from a mesh and its other inputs: their options and names.
 *
 * @module
 */

import { z } from "zod";
import { DataError, didYouMean } from "../../errors.ts";
import { AXES, componentNames, fieldOf, fieldsOf } from "../batches/field_names.ts";

const field = z.string().describe("Name of the input field.");
const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/).optional().meta({
  description: "Name of the derived input.",
  absent: "made of the field and the kind",
});
const length = z.union([
  z.number().positive(),
  z.strictObject({
    share: z.number().positive().describe("Share of the longest side of the box around the mesh."),
  }),
]);
const deviation = length.meta({
  description: "Standard deviation of the Gaussian weights of the nodes around a node.",
  unit: "units of the positions",
});
const to = z.enum(["box", "boundary", "wall", "marked"]).optional().meta({
  description: "Place to which the distance is measured: the sides of the box around the mesh; " +
    "the sides of cells that belong to one cell only; those around holes, such as bodies in " +
    "a flow; or the nodes at which `field` is not 0.",
  absent: "the distance is an input field, see `field`",
});
const distanceField = z.string().optional().meta({
  description: "Input field with the distance, instead of `to`; or that which marks nodes.",
  absent: "the distance is computed",
});

const kinds = [
  z.strictObject({ kind: z.literal("smoothed"), field, length: deviation, name }),
  z.strictObject({ kind: z.literal("inverseMean"), field, length: deviation, name }),
  z.strictObject({ kind: z.literal("gradient"), field, length: deviation, name }),
  z.strictObject({
    kind: z.literal("distance"),
    to: to.nonoptional(),
    field: distanceField,
    name,
  }),
  z.strictObject({
    kind: z.literal("logDistance"),
    to,
    field: distanceField,
    length: length.meta({
      description: "Distance added before the logarithm, which bounds it at 0.",
      unit: "units of the positions",
    }),
    name,
  }),
  z.strictObject({
    kind: z.literal("decay"),
    to,
    field: distanceField,
    length: length.meta({
      description: "Distance q at which exp(-distance / q) has decayed to 1 / e.",
      unit: "units of the positions",
    }),
    name,
  }),
  z.strictObject({
    kind: z.literal("panel"),
    velocity: z.string().describe(
      "Input field with the velocity of the undisturbed flow, the same at all nodes.",
    ),
    name: name.meta({
      description: "Start of the names of the derived inputs, before `_velocity` and `_pressure`.",
      absent: "`panel`",
    }),
  }),
] as const;

/** A derived input. */
export const derivation = z.discriminatedUnion("kind", kinds).superRefine((given, context) => {
  const { kind } = given;
  if (kind !== "distance" && kind !== "logDistance" && kind !== "decay") return;
  const { to, field } = given;
  const readsField = to === undefined || to === "marked";
  if (readsField === (field !== undefined)) return;
  const message = to === "marked"
    ? "expected the field that marks the nodes"
    : "expected either to or field";
  context.addIssue({ code: "custom", path: ["field"], message });
});

/** A length in units of the positions, or a share of the longest side of the box around a mesh. */
export type DerivedLength = z.infer<typeof length>;

/** Options of a derived input. */
export type Derivation = z.infer<typeof derivation>;

/** Derived inputs of a model, in their order. */
export const derivations = z.array(derivation);

/** Columns of a mesh before any input is derived. */
export interface GivenColumns {
  /** Space dimensions D. */
  readonly dimensions: number;
  /** Names of the inputs, the coordinates first. */
  readonly inputNames: readonly string[];
  /** Unit of each input; missing ones count as unknown. */
  readonly units: readonly string[];
}

/** A derived column. */
export interface DerivedName {
  readonly name: string;
  readonly unit: string;
}

/**
 * Names and units of the columns that derivations add, in their order.
 *
 * @throws {DataError} If a field is missing or has several components where one is required, or a
 * name is taken.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const given = { dimensions: 2, inputNames: ["x", "y", "k"], units: ["m", "m", "m²"] };
 * const columns = derivedNames([{ kind: "gradient", field: "k", length: 0.1 }], given);
 * assert.deepEqual(columns.map(({ name }) => name), ["k_gradient.x", "k_gradient.y"]);
 * ```
 */
export function derivedNames(
  derivations: readonly Derivation[],
  given: GivenColumns,
): readonly DerivedName[] {
  const taken = new Set(given.inputNames.map(fieldOf));
  return derivations.flatMap((derivation) => {
    const source = sourceColumns(derivation, given);
    const wanted = derivation.name ?? defaultName(derivation);
    const unit = unitOf(derivation, source.map((column) => given.units[column] ?? ""));
    const add = (name: string, components: number) =>
      componentNames(freeName(name, derivation, taken), components).map((name) => ({ name, unit }));
    if (derivation.kind === "panel") {
      return [...add(`${wanted}_velocity`, given.dimensions), ...add(`${wanted}_pressure`, 1)];
    }
    const isVector = derivation.kind === "gradient";
    return add(wanted, isVector ? given.dimensions : Math.max(1, source.length));
  });
}

/**
 * The columns of the field that a derivation reads; none if it reads only the mesh.
 *
 * @throws {DataError} If the field is missing or has another number of components than required, or
 * potential flow is derived in other than two dimensions.
 */
export function sourceColumns(
  derivation: Derivation,
  { dimensions, inputNames, units }: GivenColumns,
): readonly number[] {
  const { kind } = derivation;
  const field = sourceField(derivation);
  if (field === undefined) return [];
  const fields = fieldsOf(inputNames, units).filter(({ name, column }) =>
    column >= dimensions || !AXES.includes(name)
  );
  const found = fields.find(({ name }) => name === field);
  const action = `Cannot derive input "${kind}"`;
  if (found === undefined) {
    throw new DataError(
      `${action}: no input field "${field}", ${didYouMean(field, fields.map(({ name }) => name))}`,
    );
  }
  if (kind === "panel") {
    if (dimensions !== 2) {
      throw new DataError(
        `${action}: potential flow is computed in two dimensions only, the mesh has ${dimensions}`,
      );
    }
    if (found.components !== 2) {
      throw new DataError(
        `${action}: field "${field}" must have two components, it has ${found.components}`,
      );
    }
  }
  const isScalar = kind === "gradient" || kind === "logDistance" || kind === "decay";
  if (isScalar && found.components > 1) {
    throw new DataError(
      `${action}: field "${field}" must have one component, it has ${found.components}`,
    );
  }
  return Array.from({ length: found.components }, (_, k) => found.column + k);
}

/** Columns of a mesh with its derived inputs. */
type CompleteColumns = Pick<GivenColumns, "dimensions" | "inputNames">;

/** Number of columns that are not derived; these come first. */
export function givenCount(
  derivations: readonly Derivation[],
  { dimensions, inputNames }: CompleteColumns,
): number {
  return derivations.reduce(
    (count, derivation) => count - columnCount(derivation, dimensions, inputNames),
    inputNames.length,
  );
}

/** The columns of each derived vector, whose components have one scale. */
export function vectorColumns(
  derivations: readonly Derivation[],
  columns: CompleteColumns,
): readonly (readonly number[])[] {
  const { dimensions, inputNames } = columns;
  let first = givenCount(derivations, columns);
  return derivations.flatMap((derivation) => {
    const start = first;
    first += columnCount(derivation, dimensions, inputNames);
    if (derivation.kind !== "gradient" && derivation.kind !== "panel") return [];
    return [Array.from({ length: dimensions }, (_, axis) => start + axis)];
  });
}

/** Number of columns of one derivation. */
function columnCount(
  derivation: Derivation,
  dimensions: number,
  inputNames: readonly string[],
): number {
  if (derivation.kind === "gradient") return dimensions;
  if (derivation.kind === "panel") return dimensions + 1;
  if (derivation.kind !== "smoothed" && derivation.kind !== "inverseMean") return 1;
  return inputNames.filter((column) => fieldOf(column) === derivation.field).length;
}

/**
 * Checks that the last columns of a model are its derived inputs.
 *
 * @throws {DataError} If they are not.
 */
export function checkDerived(
  derivations: readonly Derivation[],
  { dimensions, inputNames, units }: GivenColumns,
): void {
  const count = givenCount(derivations, { dimensions, inputNames });
  const given = { dimensions, inputNames: inputNames.slice(0, Math.max(count, dimensions)), units };
  const expected = [
    ...given.inputNames,
    ...derivedNames(derivations, given).map(({ name }) => name),
  ];
  if (expected.join() === inputNames.join()) return;
  throw new DataError(
    `Cannot derive inputs: those of the model must be ${expected.join(", ")}, they are ` +
      inputNames.join(", "),
  );
}

/** Whether the cells of the mesh are needed. */
export function readsCells(derivation: Derivation): boolean {
  if (derivation.kind === "panel") return true;
  return "to" in derivation && (derivation.to === "boundary" || derivation.to === "wall");
}

/** Name of the field that a derivation reads. */
function sourceField(derivation: Derivation): string | undefined {
  if (derivation.kind === "panel") return derivation.velocity;
  return "field" in derivation ? derivation.field : undefined;
}

const SUFFIXES: Readonly<Record<Exclude<Derivation["kind"], "panel">, string>> = {
  smoothed: "smoothed",
  inverseMean: "inverse_mean",
  gradient: "gradient",
  distance: "distance",
  logDistance: "log",
  decay: "decay",
};

function defaultName(derivation: Derivation): string {
  if (derivation.kind === "panel") return "panel";
  const source = sourceField(derivation) ?? ("to" in derivation ? derivation.to : undefined);
  return `${source}_${SUFFIXES[derivation.kind]}`;
}

/** The name, with the first free number if a derivation without a name of its own needs one. */
function freeName(wanted: string, { kind, name }: Derivation, taken: Set<string>): string {
  let free = wanted;
  for (let k = 2; taken.has(free) && name === undefined; k++) free = `${wanted}_${k}`;
  if (taken.has(free)) {
    throw new DataError(
      `Cannot derive input "${kind}": its name must be free, "${free}" is another input`,
    );
  }
  taken.add(free);
  return free;
}

function unitOf({ kind }: Derivation, [unit = ""]: readonly string[]): string {
  if (kind === "smoothed") return unit;
  if (kind !== "inverseMean" || unit === "") return "";
  return /[^\p{L}\p{N}²³]/u.test(unit) ? `1/(${unit})` : `1/${unit}`;
}
