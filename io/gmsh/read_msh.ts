/**
 * The sections of a Gmsh mesh, versions 2.2 and 4.1, as text or binary.
 *
 * @see {@link https://gmsh.info/doc/texinfo/gmsh.html#MSH-file-format}
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { elementType } from "./msh_element_types.ts";
import { MshCursor } from "./msh_cursor.ts";

/** A group of elements with a name. */
export interface PhysicalGroup {
  readonly dimension: number;
  readonly tag: number;
  readonly name: string;
}

/** A view: values at nodes or elements at one time. */
export interface MshView {
  readonly name: string;
  readonly kind: "NodeData" | "ElementData" | "ElementNodeData";
  readonly time: number;
  readonly step: number;
  readonly components: number;
  readonly entryCount: number;
  /** Reads the values of each tag. */
  visit(set: (tag: number, values: Float64Array) => void): void;
}

/** The content of a file. */
export interface MshFile {
  /** Tag of each node, and its coordinates [N, 3]. */
  readonly nodeTags: Float64Array;
  readonly points: Float64Array;
  readonly elements: readonly MshElements[];
  readonly groups: readonly PhysicalGroup[];
  readonly views: readonly MshView[];
}

/** Elements of one type. */
export interface MshElements {
  readonly type: number;
  /** Tags of the elements, of their nodes, and of the physical group of each, 0 for none. */
  readonly tags: readonly number[];
  readonly nodes: readonly number[];
  readonly groups: readonly number[];
}

interface ElementList {
  readonly tags: number[];
  readonly nodes: number[];
  readonly groups: number[];
}

/** Maximum components of a view, those of a tensor. */
const MAX_COMPONENTS = 1024;

/**
 * Parses a file.
 *
 * @throws {SyntaxError} If it is damaged or of another version; completes "Cannot read FILE: "
 */
export function parseMsh(bytes: Uint8Array): MshFile {
  const cursor = new MshCursor(bytes);
  const groups: PhysicalGroup[] = [];
  const views: MshView[] = [];
  let elements: Map<number, ElementList> | undefined;
  let entityGroups: ReadonlyMap<string, number> = new Map();
  let nodes: { readonly tags: Float64Array; readonly points: Float64Array } | undefined;
  let version = 0;
  while (!cursor.isAtEnd) {
    const line = cursor.filledLine();
    if (line === "" && cursor.isAtEnd) break;
    if (!line.startsWith("$")) {
      throw new SyntaxError(`expected a section, found "${line.slice(0, 40)}"`);
    }
    const name = line.slice(1);
    if (name === "NOD" || name === "ELM") throw otherVersion("1");
    if (name === "MeshFormat") version = readFormat(cursor);
    else if (version === 0 && name !== "Comments") {
      throw new SyntaxError(`section $${name} comes before $MeshFormat`);
    } else if (name === "PhysicalNames") groups.push(...readGroups(cursor));
    else if (name === "Entities" || name === "PartitionedEntities") {
      const found = readEntities(cursor, name === "PartitionedEntities");
      entityGroups = new Map([...entityGroups, ...found]);
    } else if (name === "Nodes" || name === "ParametricNodes") {
      const found = version < 4 ? readNodes2(cursor, name !== "Nodes") : readNodes4(cursor);
      requireRepeated(name, nodes, found);
      nodes = found;
    } else if (name === "Elements") {
      const found = new Map<number, ElementList>();
      if (version < 4) readElements2(cursor, found);
      else readElements4(cursor, found, entityGroups);
      requireRepeated(name, elements, found);
      elements = found;
    } else if (name === "NodeData" || name === "ElementData" || name === "ElementNodeData") {
      views.push(readView(cursor, name));
    }
    cursor.endSection(name);
  }
  if (nodes === undefined) throw new SyntaxError("it has no mesh: section $Nodes is missing");
  return {
    nodeTags: nodes.tags,
    points: nodes.points,
    elements: [...elements ?? []].map(([type, list]) => ({ type, ...list })),
    groups,
    views,
  };
}

/**
 * Gmsh writes the mesh again with each view that it appends to a file.
 *
 * @throws {SyntaxError} If a section differs from an earlier one of the same name
 */
function requireRepeated(name: string, first: unknown, again: unknown): void {
  if (first === undefined || isDeepStrictEqual(first, again)) return;
  throw new SyntaxError(
    `its sections $${name} must be equal, they differ; save each mesh to its own file`,
  );
}

function readFormat(cursor: MshCursor): number {
  const [version, fileType, sizeBytes] = cursor.line().split(/\s+/);
  if (version !== "2.2" && version !== "4.1") throw otherVersion(version);
  cursor.isBinary = fileType === "1";
  if (!cursor.isBinary && fileType !== "0") {
    throw new SyntaxError(`its file type must be 0 or 1, received "${fileType}"`);
  }
  if (sizeBytes !== "8" && sizeBytes !== "4") {
    throw new SyntaxError(`its data size must be 4 or 8, received "${sizeBytes}"`);
  }
  cursor.sizeBytes = sizeBytes === "4" ? 4 : 8;
  if (cursor.isBinary && cursor.int() !== 1) cursor.isLittleEndian = false;
  return Number(version);
}

function otherVersion(version: string): SyntaxError {
  return new SyntaxError(
    `its version must be 2.2 or 4.1, received "${version}"; convert it: gmsh FILE -save ` +
      "-format msh41 -o NEW.msh",
  );
}

function readGroups(cursor: MshCursor): PhysicalGroup[] {
  const count = cursor.number();
  cursor.requireItems(count, 4);
  return Array.from({ length: count }, () => {
    const dimension = cursor.number();
    const tag = cursor.number();
    return { dimension, tag, name: cursor.word() };
  });
}

/** The first physical group of each entity, by dimension and tag. */
function readEntities(cursor: MshCursor, arePartitioned: boolean): Map<string, number> {
  const groups = new Map<string, number>();
  if (arePartitioned) {
    cursor.size();
    const ghostCount = cursor.size();
    for (let k = 0; k < ghostCount; k++) {
      cursor.int();
      cursor.int();
    }
  }
  const counts = [cursor.size(), cursor.size(), cursor.size(), cursor.size()];
  for (const [dimension, count] of counts.entries()) {
    for (let k = 0; k < count; k++) {
      const tag = cursor.int();
      if (arePartitioned) {
        cursor.int();
        cursor.int();
        const partitions = cursor.size();
        for (let i = 0; i < partitions; i++) cursor.int();
      }
      for (let i = 0; i < (dimension === 0 ? 3 : 6); i++) cursor.double();
      const physicals = cursor.size();
      for (let i = 0; i < physicals; i++) {
        const group = Math.abs(cursor.int());
        if (i === 0) groups.set(`${dimension} ${tag}`, group);
      }
      const bounds = dimension === 0 ? 0 : cursor.size();
      for (let i = 0; i < bounds; i++) cursor.int();
    }
  }
  return groups;
}

function readNodes2(cursor: MshCursor, areParametric: boolean) {
  const count = cursor.number();
  if (cursor.isBinary) cursor.line();
  cursor.requireItems(4 * count, 7);
  const tags = new Float64Array(count);
  const points = new Float64Array(3 * count);
  for (let k = 0; k < count; k++) {
    tags[k] = cursor.int();
    for (let axis = 0; axis < 3; axis++) points[3 * k + axis] = cursor.double();
    if (!areParametric) continue;
    const dimension = cursor.int();
    cursor.int();
    const parameters = dimension === 1 || dimension === 2 ? dimension : 0;
    for (let i = 0; i < parameters; i++) cursor.double();
  }
  return { tags, points };
}

function readNodes4(cursor: MshCursor) {
  const blockCount = cursor.size();
  const count = cursor.size();
  cursor.size();
  cursor.size();
  cursor.requireItems(4 * count, 8);
  const tags = new Float64Array(count);
  const points = new Float64Array(3 * count);
  let done = 0;
  for (let block = 0; block < blockCount; block++) {
    const dimension = cursor.int();
    cursor.int();
    const parameters = cursor.int() === 1 ? dimension : 0;
    const size = cursor.size();
    if (done + size > count) {
      throw new SyntaxError(`its blocks must have ${count} nodes together, they have more`);
    }
    for (let k = 0; k < size; k++) tags[done + k] = cursor.size();
    for (let k = 0; k < size; k++) {
      for (let axis = 0; axis < 3; axis++) points[3 * (done + k) + axis] = cursor.double();
      for (let i = 0; i < parameters; i++) cursor.double();
    }
    done += size;
  }
  if (done !== count) {
    throw new SyntaxError(`its blocks must have ${count} nodes together, they have ${done}`);
  }
  return { tags, points };
}

function readElements2(cursor: MshCursor, elements: Map<number, ElementList>): void {
  const count = cursor.number();
  if (cursor.isBinary) cursor.line();
  cursor.requireItems(count, 4);
  const seen = new Set<number>();
  for (let done = 0; done < count;) {
    // Text repeats the type for each element; binary states it for a run of them.
    const first = cursor.isBinary ? undefined : cursor.int();
    const number = cursor.int();
    const type = elementType(number);
    const runLength = cursor.isBinary ? cursor.int() : 1;
    const tagCount = cursor.int();
    if (runLength < 1 || tagCount < 0) throw new SyntaxError("its elements are damaged");
    cursor.requireItems(runLength * (tagCount + type.nodeCount), 4);
    const list = listOf(elements, number);
    for (let k = 0; k < runLength; k++) {
      const tag = first ?? cursor.int();
      let group = 0;
      for (let i = 0; i < tagCount; i++) {
        const value = cursor.int();
        if (i === 0) group = Math.abs(value);
      }
      const nodes = Array.from({ length: type.nodeCount }, () => cursor.int());
      // An element in several groups is listed once for each.
      if (seen.has(tag)) continue;
      seen.add(tag);
      list.tags.push(tag);
      list.groups.push(group);
      for (const node of nodes) list.nodes.push(node);
    }
    done += runLength;
  }
}

function readElements4(
  cursor: MshCursor,
  elements: Map<number, ElementList>,
  groups: ReadonlyMap<string, number>,
): void {
  const blockCount = cursor.size();
  cursor.requireItems(cursor.size(), 8);
  cursor.size();
  cursor.size();
  for (let block = 0; block < blockCount; block++) {
    const dimension = cursor.int();
    const entity = cursor.int();
    const number = cursor.int();
    const type = elementType(number);
    const size = cursor.size();
    cursor.requireItems(size * (1 + type.nodeCount), cursor.sizeBytes);
    const list = listOf(elements, number);
    const group = groups.get(`${dimension} ${entity}`) ?? 0;
    for (let k = 0; k < size; k++) {
      list.tags.push(cursor.size());
      list.groups.push(group);
      for (let i = 0; i < type.nodeCount; i++) list.nodes.push(cursor.size());
    }
  }
}

function listOf(elements: Map<number, ElementList>, type: number): ElementList {
  const list = elements.get(type) ?? { tags: [], nodes: [], groups: [] };
  elements.set(type, list);
  return list;
}

function readView(cursor: MshCursor, kind: MshView["kind"]): MshView {
  const texts = Array.from({ length: boundedCount(cursor) }, () => cursor.word());
  const reals = Array.from({ length: boundedCount(cursor) }, () => cursor.number());
  const integers = Array.from({ length: boundedCount(cursor) }, () => cursor.number());
  if (cursor.isBinary) cursor.line();
  const [step = 0, components = 1, entryCount = 0] = integers;
  if (!(components >= 1 && components <= MAX_COMPONENTS && Number.isInteger(components))) {
    throw new SyntaxError(
      `view "${texts[0]}" must have 1, 3 or 9 components, it has ${components}`,
    );
  }
  cursor.requireItems(entryCount * (1 + components), 4);
  const start = cursor.from(cursor.at);
  if (cursor.isBinary && kind !== "ElementNodeData") {
    cursor.skip(entryCount * (4 + 8 * components));
  } else if (cursor.isBinary) {
    for (let k = 0; k < entryCount; k++) {
      cursor.int();
      cursor.skip(8 * components * cursor.int());
    }
  }
  return {
    name: texts[0] ?? "",
    kind,
    time: reals[0] ?? 0,
    step,
    components,
    entryCount,
    visit(set) {
      const entry = start.from(start.at);
      for (let k = 0; k < entryCount; k++) {
        const tag = entry.int();
        const nodeCount = kind === "ElementNodeData" ? entry.int() : 1;
        entry.requireItems(nodeCount * components, 8);
        set(tag, Float64Array.from({ length: nodeCount * components }, () => entry.double()));
      }
    },
  };
}

/** The number of texts or numbers that describe a view. */
function boundedCount(cursor: MshCursor): number {
  const count = cursor.number();
  if (Number.isInteger(count) && count >= 0 && count <= MAX_COMPONENTS) return count;
  throw new SyntaxError(`a view has ${count} tags`);
}
