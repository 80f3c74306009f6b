/**
 * XDMF files as sources of samples: the steps of temporal collections, else one mesh.
 *
 * Own code: no package of npm reads them. Numbers in HDF5 are read by `h5wasm`.
 *
 * @module
 */

import { basename, extname } from "node:path";
import { loadHdf5 } from "../hdf5_file.ts";
import { joinMeshes } from "../mesh_file/join_meshes.ts";
import type { FileMesh, MeshSource, SourceOptions } from "../mesh_file/mesh_file.ts";
import { requireFile } from "../mesh_file/named_files.ts";
import { selectSteps, stepNotes } from "../mesh_file/time_steps.ts";
import { damaged } from "../vtk/data_array.ts";
import type { XmlElement } from "../vtk/xml.ts";
import { readWholeFile } from "../whole_file.ts";
import { filesOfItems, readDataItem, type XdmfContext } from "./data_item.ts";
import { readXdmfGrid } from "./xdmf_grid.ts";
import { XdmfTree } from "./xdmf_tree.ts";

/** Maximum number of grids of a mesh. */
const MAX_GRIDS = 65_536;

/** Grids by their time; undefined for a mesh without time. */
type Steps = ReadonlyMap<number | undefined, readonly XmlElement[]>;

/**
 * Opens a file.
 *
 * @throws {DataError} If it is damaged, or a file that it names does not exist
 */
export async function openXdmfSource(
  path: string,
  { times: choice }: SourceOptions,
): Promise<MeshSource> {
  const bytes = await readWholeFile(path);
  const openHdf5 = await loadHdf5();
  const attempt = <T>(run: () => T): T => {
    try {
      return run();
    } catch (cause) {
      throw damaged(`Cannot read "${path}"`, cause);
    }
  };
  const tree = attempt(() => new XdmfTree(bytes));
  const files = attempt(() => filesOfItems({ path, tree }, tree.domain));
  let byteCount = bytes.length;
  for (const file of files) {
    await requireFile(path, file);
    byteCount += (await Deno.stat(file)).size;
  }
  const room = { grids: MAX_GRIDS, items: 0 };
  const context: XdmfContext = { path, tree, openHdf5, byteCount, room };
  const stepsByTime = attempt(() => findSteps(context));
  const stem = basename(path, extname(path));
  const all = { path, format: "XDMF", files: [path, ...files] };
  const whole = stepsByTime.get(undefined);
  if (whole !== undefined) {
    return {
      ...all,
      samples: [{ id: stem, group: stem, time: attempt(() => timeOf(context, whole[0])) }],
      read: () => Promise.resolve(attempt(() => readGrids(context, whole))),
    };
  }
  const times = [...stepsByTime.keys()].map(Number).sort((a, b) => a - b);
  const steps = selectSteps(path, times, choice);
  return {
    ...all,
    samples: steps.map((step) => ({
      id: `${stem}_t${times[step]}`,
      group: stem,
      time: times[step],
    })),
    notes: [...stepNotes(stem, times, steps), ...attempt(() => otherGrids(context))],
    read: (index) =>
      Promise.resolve(attempt(() => {
        return readGrids(context, stepsByTime.get(times[steps[index]])!);
      })),
  };
}

/** The grids of each time, or all of them if there is no temporal collection. */
function findSteps(context: XdmfContext): Steps {
  const grids = context.tree.children(context.tree.domain, "Grid");
  if (grids.length === 0) throw new SyntaxError("its <Domain> has no <Grid>");
  const series = grids.filter(isTemporal);
  if (series.length === 0) return new Map([[undefined, grids]]);
  const steps = new Map<number, XmlElement[]>();
  for (const collection of series) {
    const members = context.tree.children(collection, "Grid");
    if (members.length === 0) throw new SyntaxError("a temporal collection must have grids");
    const times = timesOf(context, collection, members);
    for (const [k, member] of members.entries()) {
      const found = steps.get(times[k]);
      if (found === undefined) steps.set(times[k], [member]);
      else found.push(member);
    }
  }
  const counts = new Set([...steps.values()].map(({ length }) => length));
  if (counts.size === 1 && [...counts][0] === series.length) return steps;
  throw new SyntaxError(
    `its ${series.length} temporal collections must have the same times, each once`,
  );
}

/** Notes about grids with attributes that belong to no time. */
function otherGrids(context: XdmfContext): readonly string[] {
  return context.tree.children(context.tree.domain, "Grid").filter((grid) =>
    !isTemporal(grid) && context.tree.children(grid, "Attribute").length > 0
  ).map((grid) => `Left out the grid "${nameOf(grid)}": it belongs to no time`);
}

function isTemporal({ attributes }: XmlElement): boolean {
  return /^collection$/i.test(attributes.get("GridType") ?? "") &&
    /^temporal$/i.test(attributes.get("CollectionType") ?? "");
}

/** Times of the grids of a collection: its own list or range, those of the grids, or indices. */
function timesOf(
  context: XdmfContext,
  collection: XmlElement,
  members: readonly XmlElement[],
): readonly number[] {
  const [time] = context.tree.children(collection, "Time");
  const kind = (time?.attributes.get("TimeType") ?? time?.attributes.get("Type") ?? "Single")
    .toLowerCase();
  if (time !== undefined && kind !== "single") {
    const [item] = context.tree.children(time, "DataItem");
    const numbers = item === undefined ? [] : Array.from(
      readDataItem(context, item).values as ArrayLike<number | bigint>,
      Number,
    );
    const [start, stride, count] = numbers;
    if (kind === "list" && numbers.length === members.length) return numbers;
    if (kind === "hyperslab" && numbers.length === 3 && count === members.length) {
      return members.map((_, k) => start + stride * k);
    }
    throw new SyntaxError(
      `the times of a collection must be a List or HyperSlab of ${members.length}, received ` +
        `${kind} with ${numbers.length} numbers`,
    );
  }
  return members.map((member, k) => timeOf(context, member) ?? k);
}

/** The time of a grid, if it states one. */
function timeOf({ tree }: XdmfContext, grid: XmlElement): number | undefined {
  const text = tree.children(grid, "Time")[0]?.attributes.get("Value")?.trim();
  if (text === undefined) return undefined;
  if (text !== "" && Number.isFinite(Number(text))) return Number(text);
  throw new SyntaxError(`the time of a grid must be a number, received "${text}"`);
}

/**
 * One mesh of grids. Grids on the same points and cells give their attributes to one, as programs
 * write a collection per field; grids of other cells on these points, such as tagged facets, are
 * left out; grids on other points are joined.
 */
function readGrids(context: XdmfContext, grids: readonly XmlElement[]): FileMesh {
  context.room.grids = MAX_GRIDS;
  const part = (grid: XmlElement, name: string) => context.tree.children(grid, name)[0];
  const [first] = grids;
  if (grids.length === 1) return readXdmfGrid(context, first);
  const geometry = part(first, "Geometry");
  const topology = part(first, "Topology");
  const arePlain = grids.every(({ attributes }) =>
    /^uniform$/i.test(attributes.get("GridType") ?? "Uniform")
  );
  const areOnePoints = geometry !== undefined && topology !== undefined &&
    grids.every((grid) => part(grid, "Geometry") === geometry);
  if (!arePlain || !areOnePoints) {
    return joinMeshes(context.path, grids.map((grid) => readXdmfGrid(context, grid)), "grids");
  }
  const same = grids.filter((grid) => part(grid, "Topology") === topology);
  const others = grids.filter((grid) => !same.includes(grid));
  const attributes = same.flatMap((grid) => context.tree.children(grid, "Attribute"));
  const mesh = readXdmfGrid(context, {
    name: "Grid",
    attributes: new Map(),
    text: first.text,
    children: [topology, geometry, ...new Set(attributes)],
  });
  const notes = others.map((grid) =>
    `Left out the grid "${nameOf(grid)}": it has other cells on the same points`
  );
  return { ...mesh, notes: [...mesh.notes, ...notes] };
}

function nameOf({ attributes }: XmlElement): string {
  return attributes.get("Name") ?? "";
}
