/**
 * Checks that all arrays of all samples of a source can be decoded, and describes what it holds.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { StoreCheck } from "../store_check.ts";
import type { FileArrays, FileMesh, MeshSource } from "./mesh_file.ts";

/** Names in a description. */
const MAX_NAMES = 12;

/** Prepares the check of a source; its description is complete at the end. */
export function checkSource(source: MeshSource): StoreCheck {
  const seen = new Contents();
  const notes = new Set(source.notes ?? []);
  return {
    get what() {
      return `${source.format}, ${seen.describe(source.samples.length)}`;
    },
    get notes() {
      return [...notes];
    },
    unseen: "a changed number",
    stepCount: source.samples.length,
    problems: (async function* () {
      for (let index = 0; index < source.samples.length; index++) {
        try {
          const mesh = await source.read(index);
          yield* seen.add(mesh);
          for (const note of mesh.notes) notes.add(note);
          yield undefined;
        } catch (error) {
          if (!(error instanceof DataError)) throw error;
          yield error;
        }
      }
    })(),
  };
}

/** Counts and names of the meshes that were read. */
class Contents {
  #minPoints = Infinity;
  #maxPoints = 0;
  #minCells = Infinity;
  #maxCells = 0;
  readonly #fields = new Map<string, Map<string, number>>();

  /** Reads all arrays of a mesh. @returns The error of each that is damaged */
  *add(mesh: FileMesh): Generator<DataError> {
    const cellCount = mesh.cells.types.length;
    this.#minPoints = Math.min(this.#minPoints, mesh.pointCount);
    this.#maxPoints = Math.max(this.#maxPoints, mesh.pointCount);
    this.#minCells = Math.min(this.#minCells, cellCount);
    this.#maxCells = Math.max(this.#maxCells, cellCount);
    const { pointData, cellData, fieldData } = mesh;
    for (const [place, arrays] of Object.entries({ pointData, cellData, fieldData })) {
      yield* this.#addArrays(place, arrays);
    }
  }

  describe(sampleCount: number): string {
    const samples = sampleCount === 1 ? "1 sample" : `${sampleCount} samples`;
    const points = rangeOf(this.#minPoints, this.#maxPoints, "points");
    const cells = this.#maxCells === 0
      ? ""
      : ` and ${rangeOf(this.#minCells, this.#maxCells, "cells")}`;
    const parts = [`${samples} of ${points}${cells}`];
    const places = {
      pointData: "fields",
      cellData: "at the cells",
      fieldData: "of the whole mesh",
    };
    for (const [place, label] of Object.entries(places)) {
      const names = [...this.#fields.get(place) ?? []].map(([name, components]) =>
        components === 1 ? name : `${name} (${components})`
      );
      if (names.length === 0) continue;
      const more = names.length > MAX_NAMES ? `, ... (${names.length} in all)` : "";
      parts.push(`${label} ${names.slice(0, MAX_NAMES).join(", ")}${more}`);
    }
    if (this.#fields.size === 0) parts.push("no fields");
    return parts.join("; ");
  }

  *#addArrays(place: string, arrays: FileArrays): Generator<DataError> {
    const fields = this.#fields.get(place) ?? new Map<string, number>();
    for (const name of arrays.names) {
      this.#fields.set(place, fields);
      try {
        fields.set(name, arrays.read(name).components);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        fields.set(name, 1);
        yield error;
      }
    }
  }
}

function rangeOf(min: number, max: number, noun: string): string {
  return min === max ? `${max} ${noun}` : `${Math.min(min, max)} to ${max} ${noun}`;
}
