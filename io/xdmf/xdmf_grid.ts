/**
 * A grid of an XDMF file as a mesh: its geometry, topology and attributes.
 *
 * @module
 */

import { DataError } from "../../errors.ts";
import type { MeshCells } from "../mesh_cells.ts";
import {
  type Coordinates,
  evenCoordinates,
  gridCells,
  type GridDimensions,
  gridPointCount,
  gridPoints,
  gridShapeOf,
} from "../mesh_file/grid_mesh.ts";
import { joinMeshes } from "../mesh_file/join_meshes.ts";
import { lazyArrays, NO_ARRAYS } from "../mesh_file/lazy_arrays.ts";
import type { FileArray, FileArrays, FileMesh } from "../mesh_file/mesh_file.ts";
import { damaged } from "../vtk/data_array.ts";
import { withGhosts } from "../vtk/ghosts.ts";
import { asFloats, checkPoints } from "../vtk/piece.ts";
import { checkPointCount } from "../vtk/structured_grid.ts";
import type { XmlElement } from "../vtk/xml.ts";
import { dimensionsOf, readDataItem, type XdmfContext } from "./data_item.ts";
import { readXdmfCells, topologyType } from "./xdmf_cells.ts";

/** Collections are nested this deep. */
const MAX_DEPTH = 8;

/** Points, cells and the shape of a grid. */
interface Geometry {
  readonly points: Float32Array | Float64Array;
  readonly axes: 1 | 2 | 3;
  readonly cells: MeshCells;
  readonly gridShape?: readonly number[] | undefined;
  readonly notes: readonly string[];
}

/**
 * Reads a grid, or the grids of a spatial collection or a tree as one mesh.
 *
 * @throws {SyntaxError} If it is of a kind that is not read, or damaged
 * @throws {DataError} If a file of numbers is damaged
 */
export function readXdmfGrid(context: XdmfContext, grid: XmlElement, depth = 0): FileMesh {
  const kind = grid.attributes.get("GridType") ?? "Uniform";
  if (depth > MAX_DEPTH || context.room.grids-- <= 0) {
    throw new SyntaxError(`its grids are too many, or nested more than ${MAX_DEPTH} deep`);
  }
  if (/^(collection|tree)$/i.test(kind)) {
    if (/^temporal$/i.test(grid.attributes.get("CollectionType") ?? "")) {
      throw new SyntaxError("a temporal collection must be directly below <Domain>");
    }
    const parts = context.tree.children(grid, "Grid").map((part) =>
      readXdmfGrid(context, part, depth + 1)
    );
    if (parts.length === 0) throw new SyntaxError(`a grid of type ${kind} must have grids`);
    return joinMeshes(context.path, parts, "grids");
  }
  if (!/^uniform$/i.test(kind)) {
    throw new SyntaxError(
      `the GridType of a grid must be Uniform, Collection or Tree, received "${kind}"`,
    );
  }
  const { points, axes, cells, gridShape, notes } = readGeometry(context, grid);
  checkPoints(points, axes);
  const pointCount = points.length / axes;
  const attributes = context.tree.children(grid, "Attribute");
  const of = (center: RegExp, tuples?: number) => {
    const found = attributes.filter(({ attributes }) =>
      center.test(attributes.get("Center") ?? "Node")
    );
    return readAttributes(context, found, tuples);
  };
  const others = attributes.filter(({ attributes }) =>
    /^(face|edge|other)$/i.test(attributes.get("Center") ?? "Node")
  );
  return withGhosts({
    path: context.path,
    pointCount,
    points,
    axes,
    cells,
    pointData: of(/^node$/i, pointCount),
    cellData: of(/^cell$/i, cells.types.length),
    fieldData: of(/^grid$/i),
    gridShape,
    notes: [
      ...notes,
      ...others.map(({ attributes }) =>
        `Left out "${attributes.get("Name") ?? ""}": it belongs to faces or edges`
      ),
    ],
  });
}

function readAttributes(
  context: XdmfContext,
  attributes: readonly XmlElement[],
  tuples?: number,
): FileArrays {
  if (attributes.length === 0) return NO_ARRAYS;
  const readers = new Map<string, () => FileArray>();
  for (const attribute of attributes) {
    const name = attribute.attributes.get("Name") ?? "";
    if (readers.has(name)) throw new SyntaxError(`a grid has two attributes of the name "${name}"`);
    readers.set(name, () => readAttribute(context, attribute, name, tuples));
  }
  return lazyArrays(context.path, readers);
}

function readAttribute(
  context: XdmfContext,
  attribute: XmlElement,
  name: string,
  tuples?: number,
): FileArray {
  const action = `Cannot read array "${name}" of "${context.path}"`;
  if (/function/i.test(attribute.attributes.get("ItemType") ?? "")) {
    throw new DataError(
      `${action}: it is a function of finite elements; write it by values at points, as ` +
        "XDMFFile.write_function() and XDMFFile.write() do",
    );
  }
  try {
    const items = context.tree.children(attribute, "DataItem");
    if (items.length !== 1) {
      throw new SyntaxError(`an attribute must have one data item, it has ${items.length}`);
    }
    const { values, shape } = readDataItem(context, items[0]);
    const count = tuples ?? shape[0] ?? 1;
    const components = count === 0 ? 1 : values.length / count;
    if (components >= 1 && Number.isInteger(components)) return { values, components };
    throw new SyntaxError(`its ${values.length} numbers are not a multiple of ${count} tuples`);
  } catch (cause) {
    throw damaged(action, cause);
  }
}

function readGeometry(context: XdmfContext, grid: XmlElement): Geometry {
  const only = (name: string) => {
    const found = context.tree.children(grid, name);
    if (found.length === 1) return found[0];
    throw new SyntaxError(
      `the grid "${grid.attributes.get("Name") ?? ""}" must have one <${name}>, it has ` +
        found.length,
    );
  };
  const geometry = only("Geometry");
  if (context.tree.children(grid, "Topology").length === 0) {
    const { points, axes } = readPoints(context, geometry);
    const cells = gridCells([0, 0, 0]);
    return { points, axes, cells, notes: ["The grid has no topology: its points have no cells"] };
  }
  const topology = only("Topology");
  const type = topologyType(topology);
  const mesh = /^([23])D(CORECT|RECT|S)MESH$/.exec(type);
  if (mesh !== null) return readStructured(context, topology, geometry, Number(mesh[1]));
  const { points, axes } = readPoints(context, geometry);
  const cells = readXdmfCells(context, topology, points.length / axes);
  return { points, axes, cells, notes: [] };
}

function geometryType({ attributes }: XmlElement): string {
  return (attributes.get("GeometryType") ?? attributes.get("Type") ?? "XYZ").toUpperCase();
}

/** Coordinates as they are listed, or in an array for each axis. */
function readPoints(context: XdmfContext, geometry: XmlElement): Pick<Geometry, "points" | "axes"> {
  const type = geometryType(geometry);
  const parts = context.tree.children(geometry, "DataItem").map((item) =>
    asFloats(readDataItem(context, item).values)
  );
  if ((type === "XYZ" || type === "XY") && parts.length === 1) {
    const axes = type === "XYZ" ? 3 : 2;
    if (parts[0].length % axes === 0) return { points: parts[0], axes };
  }
  if ((type === "X_Y_Z" || type === "X_Y") && parts.length === (type === "X_Y" ? 2 : 3)) {
    const axes = type === "X_Y" ? 2 : 3;
    const count = parts[0].length;
    if (parts.every(({ length }) => length === count)) {
      const points = new Float64Array(axes * count);
      for (let k = 0; k < points.length; k++) points[k] = parts[k % axes][Math.floor(k / axes)];
      return { points, axes };
    }
  }
  throw new SyntaxError(
    `the coordinates of points must be XY, XYZ, X_Y or X_Y_Z, received "${type}" with ` +
      `${parts.map(({ length }) => length).join(", ") || "no"} numbers`,
  );
}

/** A grid whose extents are stated slowest first, such as `z y x`. */
function readStructured(
  context: XdmfContext,
  topology: XmlElement,
  geometry: XmlElement,
  rank: number,
): Geometry {
  const extents = dimensionsOf(topology, "Dimensions", "NumberOfElements");
  if (extents.length !== rank) {
    throw new SyntaxError(
      `a grid of ${rank} axes must have ${rank} extents, has ${extents.length}`,
    );
  }
  const [nx, ny, nz = 1] = extents.toReversed();
  const dimensions: GridDimensions = [nx, ny, nz];
  const count = gridPointCount(dimensions);
  checkPointCount(dimensions, context.byteCount);
  const { points, axes, notes } = structuredPoints(context, geometry, dimensions, rank);
  if (points.length !== axes * count) {
    throw new SyntaxError(
      `a grid of ${extents.join(" x ")} must have ${count} points, it has ${points.length / axes}`,
    );
  }
  return { points, axes, cells: gridCells(dimensions), gridShape: gridShapeOf(dimensions), notes };
}

function structuredPoints(
  context: XdmfContext,
  geometry: XmlElement,
  dimensions: GridDimensions,
  rank: number,
): Omit<Geometry, "cells"> {
  const type = geometryType(geometry);
  const isEven = /^ORIGIN_DXDY(DZ)?$/.test(type);
  if (!isEven && !/^VXVY(VZ)?$/.test(type)) return { ...readPoints(context, geometry), notes: [] };
  const parts = context.tree.children(geometry, "DataItem").map((item) =>
    asFloats(readDataItem(context, item).values)
  );
  let coordinates: Coordinates[];
  const notes: string[] = [];
  if (isEven) {
    const [origin, spacing] = parts;
    if (parts.length !== 2 || origin.length !== rank || spacing.length !== rank) {
      throw new SyntaxError(`${type} must have an origin and a spacing of ${rank} numbers each`);
    }
    const isEqual = [origin, spacing].every((values) => new Set(values).size === 1);
    if (!isEqual) {
      notes.push(
        "Origin and spacing were read in the order of the extents, slowest axis first, as by " +
          "ParaView",
      );
    }
    coordinates = [0, 1, 2].slice(0, rank).map((axis) =>
      evenCoordinates(origin[rank - 1 - axis], spacing[rank - 1 - axis], dimensions[axis])
    );
  } else coordinates = parts;
  if (
    coordinates.length !== rank || coordinates.some(({ length }, k) => length !== dimensions[k])
  ) {
    throw new SyntaxError(
      `${type} must have ${dimensions.slice(0, rank).join(", ")} numbers, received ` +
        coordinates.map(({ length }) => length).join(", "),
    );
  }
  const [x, y, z = [0]] = coordinates;
  const points = gridPoints([x, y, z]);
  if (rank === 3) return { points, axes: 3, notes };
  return { points: points.filter((_, k) => k % 3 !== 2), axes: 2, notes };
}
