/**
 * New files as a data set with the fields of a model.
 *
 * @module
 */

import { DataError } from "../../../errors.ts";
import type { MeshSource } from "../../../io/mesh_file/mesh_file.ts";
import type { MeshStore, MeshStoreHeader } from "../../../io/mesh_store.ts";
import { openLazyStore } from "../lazy_store.ts";
import { prepareForModel } from "./import_meshes.ts";
import type { Preparation } from "./preparation.ts";

/**
 * Opens new files as a mesh store whose samples are prepared as those of a training, all in the
 * split `test`. Targets are fields if the first file has them all; then all files must.
 *
 * @param source Files, opened with the `openingOptions` of the preparation
 * @throws {DataError} If the first file lacks an input or does not match the preparation
 */
export async function openPrepared(
  source: MeshSource,
  preparation: Preparation,
): Promise<MeshStore> {
  const { samples, path } = source;
  const first = await prepareForModel(source, 0, preparation);
  const targets = preparation.fields.filter(({ role }) => role === "target");
  const hasTargets = targets.every(({ name }) => Object.hasOwn(first.fields, name));
  const isRead = ({ role }: Preparation["fields"][number]) => role === "input" || hasTargets;
  const fields = preparation.fields.filter(isRead);
  const mask = hasTargets && preparation.mask !== undefined &&
      Object.hasOwn(first.fields, preparation.mask.name)
    ? preparation.mask.name
    : undefined;
  const names = [...fields.map(({ name }) => name), ...(mask === undefined ? [] : [mask])];
  const stored = fields.map(({ name, stored, unit, role, offset }) =>
    [name, { components: stored.length, unit, role, offset }] as const
  );
  const known = mask === undefined ? [] : [[mask, { components: 1, unit: "" }] as const];
  const { coordinates, flat, hasCells, origin } = preparation;
  const header: MeshStoreHeader = {
    case: "files",
    dimensions: coordinates.length,
    fields: Object.fromEntries([...stored, ...known]),
    cells: hasCells || undefined,
    plane: flat && { axis: flat.axis, value: flat.value },
    origin,
    mask,
    splits: { test: [...samples.keys()] },
    generator: { name: "haloflow predict" },
    preparation,
  };
  const read = async (index: number) => {
    const sample = await prepareForModel(source, index, preparation);
    const missing = names.find((name) => !Object.hasOwn(sample.fields, name));
    if (missing !== undefined) {
      throw new DataError(
        `Cannot use "${samples[index].id}" with "${samples[0].id}": all files must have the ` +
          `targets, or none; this one has no "${missing}"; predict them separately`,
      );
    }
    const values = names.map((name) => [name, sample.fields[name]]);
    return {
      position: sample.position,
      cells: sample.cells,
      fields: Object.fromEntries(values),
    };
  };
  return openLazyStore({ path, header, ids: samples.map(({ id }) => id), read });
}
