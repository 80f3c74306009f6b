/**
 * Computes derived inputs of a mesh.
 *
 * @module
 */

import { DataError, messageOf } from "../../errors.ts";
import { checkCells, type MeshCells } from "../../io/mesh_cells.ts";
import { type BoundaryPart, boundaryPieces } from "./boundary.ts";
import { type Derivation, type DerivedLength, derivedNames, sourceColumns } from "./derivation.ts";
import { GaussianStencil } from "./gaussian_stencil.ts";
import { type PanelInputs, panelInputs } from "./panel/panel_inputs.ts";
import { SurfaceDistance } from "./surface_distance.ts";

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
  /** Distances of the nodes of the current mesh, by the place to which they are measured. */
  readonly #measured = new Map<string, Float64Array>();

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
    this.#measured.clear();
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
        const at = node * total + width + k;
        rows[at] = values[node];
        if (Number.isFinite(rows[at])) continue;
        throw new DataError(
          `Cannot derive input "${added[k].name}" of "${mesh.id}": it must be finite, node ` +
            `${node} has ${values[node]}`,
        );
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
        const stencil = this.#stencil(mesh, lengthOf(derivation.length, mesh));
        return stored.map(({ values, offset }) => ({
          values: stencil.mean(values, this.#beat),
          offset,
        }));
      }
      case "inverseMean": {
        const stencil = this.#stencil(mesh, lengthOf(derivation.length, mesh));
        return stored.map(({ values, offset }, k) => {
          const inverses = Float64Array.from(values, (value) => 1 / (value + offset));
          const zero = inverses.findIndex((value) => !Number.isFinite(value));
          if (zero >= 0) {
            throw new DataError(
              `Cannot derive the mean inverse of "${mesh.inputNames[sources[k]]}" of ` +
                `"${mesh.id}": values must not be 0, node ${zero} has ${values[zero] + offset}`,
            );
          }
          return { values: stencil.mean(inverses, this.#beat), offset: 0 };
        });
      }
      case "gradient": {
        const [{ values }] = stored;
        const gradient = this.#stencil(mesh, lengthOf(derivation.length, mesh)).gradient(
          values,
          this.#beat,
        );
        return Array.from({ length: dimensions }, (_, axis) => ({
          values: gradient.filter((_, k) => k % dimensions === axis),
          offset: 0,
        }));
      }
      case "distance":
      case "logDistance":
      case "decay": {
        const { kind, to } = derivation;
        const field = stored.length === 0 ? undefined : trueValues(stored[0]);
        const distance = to === undefined ? field! : this.#distances(to, mesh, field);
        if (kind === "distance") return [{ values: distance, offset: 0 }];
        const length = lengthOf(derivation.length, mesh);
        if (kind === "decay") {
          return [{ values: distance.map((value) => Math.exp(-value / length)), offset: 0 }];
        }
        const negative = distance.findIndex((value) => !(value + length > 0));
        if (negative >= 0) {
          throw new DataError(
            `Cannot derive the logarithm of "${derivation.field}" of "${mesh.id}": distances ` +
              `must be > -${length}, node ${negative} has ${distance[negative]}`,
          );
        }
        return [{ values: distance.map((value) => Math.log(value + length)), offset: 0 }];
      }
      case "panel": {
        const stream = stored.map(trueValues);
        const { velocity: [x, y], pressure } = potentialFlow(derivation, stream, mesh, this.#beat);
        return [x, y, pressure].map((values) => ({ values, offset: 0 }));
      }
    }
  }

  /** Distances of the nodes of one mesh [N], computed once for all its derivations. */
  #distances(
    to: "box" | "marked" | BoundaryPart,
    mesh: DerivableMesh,
    marks: Float64Array | undefined,
  ): Float64Array {
    if (to === "marked") return markedDistances(marks!, mesh, this.#beat);
    const found = this.#measured.get(to);
    if (found !== undefined) return found;
    const distances = distancesTo(to, mesh, this.#beat);
    this.#measured.set(to, distances);
    return distances;
  }

  #stencil({ position, dimensions }: DerivableMesh, length: number): GaussianStencil {
    const found = this.#stencils.find((stencil) => stencil.fits(position, length));
    if (found !== undefined) return found;
    const stencil = new GaussianStencil(position, dimensions, length, this.#beat);
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

/**
 * A length in units of the positions.
 *
 * @throws {DataError} If it is a share of a box without extent.
 */
function lengthOf(length: DerivedLength, { id, position, dimensions }: DerivableMesh): number {
  if (typeof length === "number") return length;
  const { low, high } = boxOf(position, dimensions);
  const side = high.reduce((longest, value, axis) => Math.max(longest, value - low[axis]), 0);
  if (side > 0) return length.share * side;
  throw new DataError(
    `Cannot derive inputs of "${id}": a length that is a share must be > 0, all nodes are at one ` +
      "place; use a number",
  );
}

/** True values of a column. */
function trueValues({ values, offset }: Column): Float64Array {
  return Float64Array.from(values, (value) => value + offset);
}

/**
 * Distances to the nodes with a mark other than 0.
 *
 * @throws {DataError} If there is none.
 */
function markedDistances(
  marks: Float64Array,
  { id, position, dimensions }: DerivableMesh,
  beat: () => void,
): Float64Array {
  const points: number[] = [];
  for (let node = 0; node < marks.length; node++) {
    if (marks[node] === 0) continue;
    for (let axis = 0; axis < 3; axis++) {
      points.push(axis < dimensions ? position[node * dimensions + axis] : 0);
    }
  }
  if (points.length === 0) {
    throw new DataError(
      `Cannot derive the distance of "${id}" to marked nodes: a node must be marked, none is`,
    );
  }
  const pieces = { corners: 1, points: Float64Array.from(points) };
  return new SurfaceDistance(pieces).distances(position, dimensions, beat);
}

/** @throws {DataError} If cells are needed that the mesh lacks, or have no such boundary. */
function distancesTo(
  to: "box" | BoundaryPart,
  { id, position, dimensions, cells }: DerivableMesh,
  beat: () => void,
): Float64Array {
  if (to === "box") return boxDistances(position, dimensions);
  const action = `Cannot derive the distance of "${id}" to its ${to}`;
  if (cells === undefined) {
    throw new DataError(
      `${action}: it follows from cells, the mesh has none; read them (option cells of stage ` +
        "load), or measure to the box",
    );
  }
  return withAction(action, () => {
    checkCells(cells, position.length / dimensions, "the mesh", id);
    const pieces = boundaryPieces(cells, position, dimensions, to);
    return new SurfaceDistance(pieces).distances(position, dimensions, beat);
  });
}

/** @throws {DataError} If the mesh has no cells or no closed walls, or the velocity varies. */
function potentialFlow(
  { velocity: field }: { readonly velocity: string },
  velocity: readonly Float64Array[],
  { id, position, cells }: DerivableMesh,
  beat: () => void,
): PanelInputs {
  const action = `Cannot derive the potential flow of "${id}"`;
  if (cells === undefined) {
    throw new DataError(
      `${action}: walls follow from cells, the mesh has none; read them (option cells of stage ` +
        "load)",
    );
  }
  return withAction(action, () => {
    checkCells(cells, position.length / 2, "the mesh", id);
    return panelInputs({ position, cells, velocity, field }, beat);
  });
}

/** @throws {DataError} If `compute` throws one, with the action before its sentence. */
function withAction<T>(action: string, compute: () => T): T {
  try {
    return compute();
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    const [first, ...rest] = messageOf(cause);
    throw new DataError(`${action}: ${first.toLowerCase()}${rest.join("")}`, { cause });
  }
}

/** Distance of every node `[N]` to the nearest side of the box around all nodes. */
function boxDistances(position: Float32Array, dimensions: number): Float64Array {
  const { low, high } = boxOf(position, dimensions);
  return Float64Array.from({ length: position.length / dimensions }, (_, node) => {
    let nearest = Infinity;
    for (let axis = 0; axis < dimensions; axis++) {
      const place = position[node * dimensions + axis];
      nearest = Math.min(nearest, place - low[axis], high[axis] - place);
    }
    return nearest;
  });
}

/** The least and the largest coordinates `[D]`. */
function boxOf(position: Float32Array, dimensions: number) {
  const low = new Float64Array(dimensions).fill(Infinity);
  const high = new Float64Array(dimensions).fill(-Infinity);
  for (let k = 0; k < position.length; k++) {
    const axis = k % dimensions;
    low[axis] = Math.min(low[axis], position[k]);
    high[axis] = Math.max(high[axis], position[k]);
  }
  return { low, high };
}
