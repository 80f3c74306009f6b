/**
 * Gmsh meshes (`.msh`) as sources: the elements of the highest dimension are the cells; views are
 * fields, and the steps of views are the samples of a time series.
 *
 * @module
 */

import { basename, extname } from "node:path";
import { DataError, messageOf } from "../../errors.ts";
import { cellOffsets, type MeshCells } from "../mesh_cells.ts";
import { lazyArrays, NO_ARRAYS } from "../mesh_file/lazy_arrays.ts";
import type {
  FileArray,
  FileArrays,
  FileMesh,
  MeshSource,
  SourceOptions,
} from "../mesh_file/mesh_file.ts";
import { selectSteps, stepNotes } from "../mesh_file/time_steps.ts";
import { readWholeFile } from "../whole_file.ts";
import { elementType } from "./msh_element_types.ts";
import { type MshElements, type MshFile, type MshView, parseMsh } from "./read_msh.ts";

const FORMAT = "Gmsh mesh";
/** Names of the arrays with the physical groups of cells, and of their sides at the nodes. */
const GROUP_ARRAY = "physical";
const BOUNDARY_ARRAY = "boundary";
/** Groups that a note names. */
const MAX_GROUPS = 12;

/**
 * Opens a file of version 2.2 or 4.1.
 *
 * @throws {DataError} If it is damaged, of another version, or has no step of a requested time
 */
export async function openMshSource(
  path: string,
  { times: choice }: SourceOptions,
): Promise<MeshSource> {
  const { views } = await readFile(path);
  const stem = basename(path, extname(path));
  const series = Map.groupBy(views, ({ name, kind }) => `${kind} ${name}`);
  const isSeries = [...series.values()].some((all) =>
    new Set(all.map(({ time }) => time)).size > 1
  );
  const times = [...new Set(views.map(({ time }) => time))].sort((a, b) => a - b);
  if (!isSeries) {
    return {
      path,
      format: FORMAT,
      samples: [{ id: stem, group: stem }],
      files: [path],
      read: async () => meshOf(path, await readFile(path), undefined),
    };
  }
  const steps = selectSteps(path, times, choice);
  return {
    path,
    format: FORMAT,
    samples: steps.map((step) => ({
      id: `${stem}_t${times[step]}`,
      group: stem,
      time: times[step],
    })),
    files: [path],
    notes: stepNotes(stem, times, steps),
    read: async (index) => meshOf(path, await readFile(path), times[steps[index]]),
  };
}

async function readFile(path: string): Promise<MshFile> {
  const bytes = await readWholeFile(path);
  const file = attempt(path, () => parseMsh(bytes));
  return { ...file, views: timedViews(file.views) };
}

/** Views whose steps have different times: their numbers, if the times are equal. */
function timedViews(views: readonly MshView[]): readonly MshView[] {
  const steps = Map.groupBy(views, ({ name, kind, time }) => `${kind} ${name} ${time}`);
  const areEqual = [...steps.values()].some((all) => new Set(all.map(({ step }) => step)).size > 1);
  return areEqual ? views.map((view) => ({ ...view, time: view.step })) : views;
}

function attempt<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof RangeError)) throw cause;
    throw new DataError(`Cannot read "${path}": ${messageOf(cause)}`, { cause });
  }
}

/** The mesh with the views of a time, or with all. */
function meshOf(path: string, file: MshFile, time: number | undefined): FileMesh {
  return attempt(path, () => {
    const { nodeTags, points, elements, views } = file;
    const nodeOf = indexByTag(nodeTags, "node");
    const dimension = Math.max(0, ...elements.map(({ type }) => elementType(type).dimension));
    const isCell = ({ type }: MshElements) => elementType(type).dimension === dimension;
    const cellLists = elements.filter(isCell);
    const cellTags = Float64Array.from(cellLists.flatMap(({ tags }) => tags));
    const cellOf = indexByTag(cellTags, "element");
    const notes: string[] = [];
    const series = Map.groupBy(views, ({ name, kind }) => `${kind} ${name}`);
    // A view of one step holds at all times.
    const selected = [...series.values()].flatMap((all) => {
      const isStatic = new Set(all.map((view) => view.time)).size === 1;
      return all.filter((view) => isStatic || time === undefined || view.time === time);
    });
    const pointReaders = new Map<string, () => FileArray>();
    const cellReaders = new Map<string, () => FileArray>();
    for (const [, parts] of Map.groupBy(selected, ({ name, kind }) => `${kind} ${name}`)) {
      const [{ name, kind }] = parts;
      if (kind === "NodeData") {
        pointReaders.set(
          name,
          () => readValues(parts, nodeOf, nodeTags.length),
        );
      } else if (kind === "ElementData") {
        cellReaders.set(
          name,
          () => readValues(parts, cellOf, cellTags.length),
        );
      } else {
        notes.push(`averaged "${name}", which has values per element and node, at each node`);
        pointReaders.set(name, () => averageAtNodes(parts, file, nodeOf));
      }
    }
    addGroups(file, dimension, nodeOf, pointReaders, cellReaders, notes);
    return {
      path,
      pointCount: nodeTags.length,
      points,
      axes: 3,
      cells: cellsOf(cellLists, nodeOf),
      pointData: arraysBy(path, pointReaders),
      cellData: arraysBy(path, cellReaders),
      fieldData: NO_ARRAYS,
      notes,
    };
  });
}

/** Arrays by their readers, whose errors name the file. */
function arraysBy(path: string, readers: ReadonlyMap<string, () => FileArray>): FileArrays {
  const named = [...readers].map(([name, read]) => [name, () => attempt(path, read)] as const);
  return lazyArrays(path, new Map(named));
}

/** Returns the index of each tag, which need not be consecutive; -1 if there is none. */
function indexByTag(tags: Float64Array, noun: string): (tag: number) => number {
  const indices = new Map<number, number>();
  for (const [index, tag] of tags.entries()) indices.set(tag, index);
  if (indices.size !== tags.length) throw new SyntaxError(`two of its ${noun}s have one tag`);
  return (tag) => indices.get(tag) ?? -1;
}

function requireNode(nodeOf: (tag: number) => number, tag: number): number {
  const node = nodeOf(tag);
  if (node < 0) throw new SyntaxError(`an element has the node ${tag}, which does not exist`);
  return node;
}

function cellsOf(lists: readonly MshElements[], nodeOf: (tag: number) => number): MeshCells {
  const sizes: number[] = [];
  const types: number[] = [];
  const connectivity: number[] = [];
  for (const { type: number, tags, nodes } of lists) {
    const { nodeCount, cellType, order } = elementType(number);
    for (let cell = 0; cell < tags.length; cell++) {
      sizes.push(nodeCount);
      types.push(cellType);
      for (let k = 0; k < nodeCount; k++) {
        const tag = nodes[cell * nodeCount + (order?.[k] ?? k)];
        connectivity.push(requireNode(nodeOf, tag));
      }
    }
  }
  return {
    connectivity: Uint32Array.from(connectivity),
    offsets: cellOffsets(Uint32Array.from(sizes)),
    types: Uint8Array.from(types),
  };
}

/** The values of parts of a view; NaN where it has none. */
function readValues(
  parts: readonly MshView[],
  indexOf: (tag: number) => number,
  count: number,
): FileArray {
  const components = componentsOf(parts);
  const values = new Float64Array(components * count).fill(NaN);
  for (const view of parts) {
    view.visit((tag, found) => {
      const index = indexOf(tag);
      if (index >= 0) values.set(found, components * index);
    });
  }
  return { values, components };
}

/** The mean at each node of the values of its elements. */
function averageAtNodes(
  parts: readonly MshView[],
  { elements, nodeTags }: MshFile,
  nodeOf: (tag: number) => number,
): FileArray {
  const components = componentsOf(parts);
  const nodesOf = new Map<number, { readonly list: MshElements; readonly at: number }>();
  for (const list of elements) {
    for (const [at, tag] of list.tags.entries()) nodesOf.set(tag, { list, at });
  }
  const values = new Float64Array(components * nodeTags.length);
  const counts = new Float64Array(nodeTags.length);
  for (const view of parts) {
    view.visit((tag, found) => {
      const element = nodesOf.get(tag);
      if (element === undefined) {
        throw new SyntaxError(`a view names element ${tag}, which does not exist`);
      }
      const { list, at } = element;
      const { nodeCount } = elementType(list.type);
      const given = found.length / components;
      if (given > nodeCount) {
        throw new SyntaxError(`element ${tag} has ${nodeCount} nodes, a view has ${given} values`);
      }
      for (let k = 0; k < given; k++) {
        const node = requireNode(nodeOf, list.nodes[at * nodeCount + k]);
        counts[node]++;
        for (let i = 0; i < components; i++) {
          values[components * node + i] += found[components * k + i];
        }
      }
    });
  }
  for (let i = 0; i < values.length; i++) {
    values[i] /= counts[Math.floor(i / components)];
  }
  return { values, components };
}

function componentsOf(parts: readonly MshView[]): number {
  const [{ components, name }] = parts;
  const other = parts.find((view) => view.components !== components);
  if (other === undefined) return components;
  throw new SyntaxError(
    `the parts of view "${name}" must have the same number of components, received ` +
      `${components} and ${other.components}`,
  );
}

/**
 * Adds the physical groups, by their tags; 0 means none. Those of the cells are data of the cells,
 * those of their sides data of the nodes on them, and so are those of lower dimensions.
 */
function addGroups(
  { elements, groups, nodeTags }: MshFile,
  dimension: number,
  nodeOf: (tag: number) => number,
  pointReaders: Map<string, () => FileArray>,
  cellReaders: Map<string, () => FileArray>,
  notes: string[],
): void {
  for (let of = dimension; of >= 0; of--) {
    const lists = elements.filter(({ type }) => elementType(type).dimension === of);
    const tags = new Set(lists.flatMap((list) => list.groups).filter((tag) => tag !== 0));
    if (tags.size === 0) continue;
    const array = of === dimension
      ? GROUP_ARRAY
      : of === dimension - 1
      ? BOUNDARY_ARRAY
      : `${GROUP_ARRAY}_${of}d`;
    if (of === dimension) {
      const values = Int32Array.from(lists.flatMap((list) => list.groups));
      cellReaders.set(array, () => ({ values, components: 1 }));
    } else {
      pointReaders.set(array, () => groupsAtNodes(lists, nodeTags.length, nodeOf));
    }
    const names = [...tags].sort((a, b) => a - b).map((tag) => {
      const group = groups.find((group) => group.dimension === of && group.tag === tag);
      return `${tag} ${group === undefined ? "without a name" : `"${group.name}"`}`;
    });
    const more = names.length > MAX_GROUPS ? ", ..." : "";
    const list = names.slice(0, MAX_GROUPS).join(", ") + more;
    notes.push(`array "${array}" has the physical groups of dimension ${of}: ${list}`);
  }
}

/** The group of the elements at each node, the last one where they differ. */
function groupsAtNodes(
  lists: readonly MshElements[],
  nodeCount: number,
  nodeOf: (tag: number) => number,
): FileArray {
  const values = new Int32Array(nodeCount);
  for (const { type, tags, nodes, groups } of lists) {
    const size = elementType(type).nodeCount;
    for (let element = 0; element < tags.length; element++) {
      for (let k = 0; groups[element] !== 0 && k < size; k++) {
        values[requireNode(nodeOf, nodes[element * size + k])] = groups[element];
      }
    }
  }
  return { values, components: 1 };
}
