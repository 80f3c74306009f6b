/**
 * Computes derived inputs of a mesh.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { MeshCells } from "../../io/mesh_store.ts";
import { type Derivation, derivedNames, readsCells, sourceColumns } from "./derivation.ts";
import { GaussianStencil } from "./gaussian_stencil.ts";

/** A mesh with its given inputs. */
export interface DerivableMesh {
  readonly id: string;
  /** Space dimensions D. */
  readonly dimensions: number;
  /** Node positions relative to the origin of the mesh `[N, D]`. */
  readonly position: Float32Array;
  readonly cells?: MeshCells | undefined;
  /** Inputs `[N, I]` less their offsets `[I]`. */
  readonly input: Float32Array;
  readonly offsets: Float64Array;
  readonly inputNames: readonly string[];
  readonly units: readonly string[];
}

/** Inputs of a mesh with derived columns at the end. */
export interface DerivedMesh {
  readonly input: Float32Array<ArrayBuffer>;
  readonly offsets: readonly number[];
  readonly inputNames: readonly string[];
  /** Units of the inputs. */
  readonly units: readonly string[];
}

/** Values of a column `[N]`, less an offset. */
interface Column {
  readonly values: ArrayLike<number>;
  readonly offset: number;
}

/** Computes the same derived inputs for mesh after mesh, and reuses what depends on positions. */
export class InputDeriver {
  readonly #derivations: readonly Derivation[];
  readonly #beat: () => void;
  #stencils: GaussianStencil[] = [];

  /** @param beat Called many times a second */
  constructor(derivations: readonly Derivation[], beat: () => void = () => {}) {
    this.#derivations = derivations;
    this.#beat = beat;
  }

  /**
   * The inputs with the derived ones.
   *
   * @throws {DataError} If a field or the cells are missing, a name is taken, or a value is not
   * finite.
   */
  derive(mesh: DerivableMesh): DerivedMesh {
    const { input, inputNames, units } = mesh;
    const added = derivedNames(this.#derivations, mesh);
    const columns = this.#derivations.flatMap((derivation) => this.#columnsOf(derivation, mesh));
    const width = inputNames.length;
    const nodeCount = input.length / width;
    const total = width + columns.length;
    const rows = new Float32Array(nodeCount * total);
    for (let node = 0; node < nodeCount; node++) {
      for (let c = 0; c < width; c++) rows[node * total + c] = input[node * width + c];
    }
    for (const [k, { values }] of columns.entries()) {
      for (let node = 0; node < nodeCount; node++) {
        if (!Number.isFinite(values[node])) {
          throw new DataError(
            `Cannot derive input "${added[k].name}" of "${mesh.id}": it must be finite, node ` +
              `${node} has ${values[node]}`,
          );
        }
        rows[node * total + width + k] = values[node];
      }
    }
    return {
      input: rows,
      offsets: [...mesh.offsets, ...columns.map(({ offset }) => offset)],
      inputNames: [...inputNames, ...added.map(({ name }) => name)],
      units: [...units, ...added.map(({ unit }) => unit)],
    };
  }

  #columnsOf(derivation: Derivation, mesh: DerivableMesh): readonly Column[] {
    const { dimensions } = mesh;
    const sources = sourceColumns(derivation, mesh);
    const stored = sources.map((column) => columnOf(mesh, column));
    switch (derivation.kind) {
      case "smoothed": {
        const stencil = this.#stencil(mesh, derivation.length);
        return stored.map(({ values, offset }) => ({
          values: stencil.mean(values, this.#beat),
          offset,
        }));
      }
      case "inverseMean": {
        const stencil = this.#stencil(mesh, derivation.length);
        return stored.map(({ values, offset }) => {
          const inverses = Float64Array.from(values, (value) => 1 / (value + offset));
          return { values: stencil.mean(inverses, this.#beat), offset: 0 };
        });
      }
      case "gradient": {
        const [{ values }] = stored;
        const gradient = this.#stencil(mesh, derivation.length).gradient(values, this.#beat);
        return Array.from({ length: dimensions }, (_, axis) => ({
          values: gradient.filter((_, k) => k % dimensions === axis),
          offset: 0,
        }));
      }
      case "distance":
        return [{ values: distances(derivation, mesh), offset: 0 }];
      case "logDistance":
      case "decay": {
        const { kind, length } = derivation;
        const distance = stored.length === 0
          ? distances(derivation, mesh)
          : Float64Array.from(stored[0].values, (value) => value + stored[0].offset);
        const values = kind === "decay"
          ? distance.map((value) => Math.exp(-value / length))
          : distance.map((value) => Math.log(value + length));
        return [{ values, offset: 0 }];
      }
    }
  }

  #stencil({ position, dimensions }: DerivableMesh, length: number): GaussianStencil {
    const found = this.#stencils.find((stencil) => stencil.fits(position, length));
    if (found !== undefined) return found;
    const stencil = new GaussianStencil(position, dimensions, length);
    // Stencils of other positions will not be used again.
    const current = this.#stencils.filter((other) => other.fits(position, other.length));
    this.#stencils = [...current, stencil];
    return stencil;
  }
}

function columnOf({ input, inputNames, offsets }: DerivableMesh, column: number): Column {
  const width = inputNames.length;
  const values = new Float32Array(input.length / width);
  for (let node = 0; node < values.length; node++) values[node] = input[node * width + column];
  return { values, offset: offsets[column] ?? 0 };
}

/** @throws {DataError} If cells are needed that the mesh lacks. */
function distances(derivation: Derivation, mesh: DerivableMesh): Float64Array {
  const { id, position, dimensions, cells } = mesh;
  if (!readsCells(derivation)) return boxDistances(position, dimensions);
  const to = "to" in derivation ? derivation.to : undefined;
  if (cells === undefined) {
    throw new DataError(
      `Cannot derive the distance of "${id}" to its ${to}: it follows from cells, the mesh has ` +
        "none; read them (option cells of stage load), or measure to the box",
    );
  }
  throw new DataError("not yet");
}

/** Distance of every node `[N]` to the nearest side of the box around all nodes. */
function boxDistances(position: Float32Array, dimensions: number): Float64Array {
  const low = new Float64Array(dimensions).fill(Infinity);
  const high = new Float64Array(dimensions).fill(-Infinity);
  for (let k = 0; k < position.length; k++) {
    const axis = k % dimensions;
    low[axis] = Math.min(low[axis], position[k]);
    high[axis] = Math.max(high[axis], position[k]);
  }
  return Float64Array.from({ length: position.length / dimensions }, (_, node) => {
    let nearest = Infinity;
    for (let axis = 0; axis < dimensions; axis++) {
      const place = position[node * dimensions + axis];
      nearest = Math.min(nearest, place - low[axis], high[axis] - place);
    }
    return nearest;
  });
}
