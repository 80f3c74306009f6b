/**
 * The record of how arrays of files became the fields of a store, enough to make the same inputs
 * from new files. It is plain JSON, in the header of a store and in a model.
 *
 * @module
 */

import { z } from "zod";
import { DataError } from "../../../errors.ts";
import type { SourceOptions } from "../../../io/mesh_file/mesh_file.ts";

const fieldSchema = z.object({
  /** Name in the store, and of the array in the files. */
  name: z.string(),
  array: z.string(),
  place: z.enum(["point", "cell", "file", "time"]),
  role: z.enum(["input", "target"]).optional(),
  unit: z.string(),
  /** Components in the files, and those that are stored. */
  components: z.int().positive(),
  stored: z.array(z.int().nonnegative()),
  offset: z.array(z.number()).optional(),
  /** Values of a categorical array; each becomes a component that is 1 where it occurs. */
  categories: z.array(z.number()).optional(),
});

const schema = z.object({
  version: z.literal(1),
  /** Coordinates in the files, and those that are stored. */
  axes: z.int().min(1).max(3),
  coordinates: z.array(z.int().min(0).max(2)).min(1),
  /** The axis that is left out, with the place of the plane and its tolerance. */
  flat: z.object({
    kind: z.enum(["plane", "layer", "projection"]),
    axis: z.int().min(0).max(2),
    value: z.number(),
    tolerance: z.number(),
  }).optional(),
  origin: z.array(z.number()).optional(),
  cells: z.enum(["average", "centres"]),
  hasCells: z.boolean(),
  /** Whether some points at one place have different values, as on the sides of a cut. */
  hasCuts: z.boolean(),
  fields: z.array(fieldSchema),
  mask: z.object({ name: z.string(), array: z.string().optional() }).optional(),
  missing: z.array(z.union([z.number(), z.literal("NaN")])).optional(),
  /** Options with which the files were opened. */
  source: z.object({
    position: z.array(z.string()).optional(),
    sample: z.array(z.string()).optional(),
    axes: z.array(z.string()).optional(),
  }).optional(),
});

/** How arrays of files become fields. */
export type Preparation = Readonly<z.infer<typeof schema>>;

/** How an array becomes a field. */
export type PreparedField = Readonly<z.infer<typeof fieldSchema>>;

/**
 * Checks the preparation in the header of a store or in a model.
 *
 * @param path The store or model, for the error
 * @throws {DataError} If it is not one that this version can repeat
 */
export function parsePreparation(value: unknown, path: string): Preparation {
  const { data, error } = schema.safeParse(value);
  if (data !== undefined) return data;
  const [{ path: at, message }] = error.issues;
  throw new DataError(
    `Cannot use preparation of "${path}": ${at.join(".") || "it"}: ${message}; ` +
      "convert the files again",
    { cause: error },
  );
}

/** The options with which new files are opened as those of the preparation were. */
export function openingOptions({ fields, source, mask }: Preparation): SourceOptions {
  const inputs = fields.filter(({ role, place }) => role === "input" && place !== "time");
  return { ...source, inputs: inputs.map(({ array }) => array), allowMissing: mask !== undefined };
}
