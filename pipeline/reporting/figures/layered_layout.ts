/**
 * Places of the boxes of an acyclic graph: sources first, every arrow forward.
 *
 * @module
 */

/** A node of the graph and the nodes its arrows come from. */
export interface LayoutNode {
  readonly name: string;
  readonly from: readonly string[];
}

/** Sizes of the drawing along the arrows (`depth`) and across them (`breadth`). */
export interface LayoutSizes {
  readonly boxDepth: number;
  readonly boxBreadth: number;
  readonly gapDepth: number;
  readonly gapBreadth: number;
}

/** A point along and across the arrows. */
export interface LayoutPoint {
  readonly depth: number;
  readonly breadth: number;
}

/** Where everything goes; a place is the corner of its box nearest to the origin. */
export interface Layout {
  readonly depth: number;
  readonly breadth: number;
  readonly layerCount: number;
  readonly places: ReadonlyMap<string, LayoutPoint>;
  /**
   * Arrows with the points they pass between other boxes, from the middle of a side to the middle
   * of a side.
   */
  readonly arrows: readonly {
    readonly from: string;
    readonly to: string;
    readonly points: readonly LayoutPoint[];
  }[];
}

/** A box, or a passage of an arrow that runs past a layer. */
interface Slot {
  readonly name: string;
  readonly breadth: number;
  readonly before: Slot[];
  readonly after: Slot[];
  position: number;
}

/** Breadth that an arrow takes where it passes a layer. */
const PASSAGE = 10;
const SWEEPS = 8;

/**
 * The layered layout of Sugiyama, Tagawa and Toda (1981), for graphs of a few dozen boxes: layers
 * by longest path, passages for arrows over several layers, order by barycentres, every layer in
 * the middle.
 *
 * @throws {RangeError} when the graph has a cycle or an arrow from an unknown name
 */
export function layeredLayout(nodes: readonly LayoutNode[], sizes: LayoutSizes): Layout {
  const layerOf = longestPaths(nodes);
  const layerCount = Math.max(0, ...layerOf.values()) + 1;
  const layers: Slot[][] = Array.from({ length: layerCount }, () => []);
  const slots = new Map<string, Slot>();
  const place = (name: string, breadth: number, layer: number): Slot => {
    const slot: Slot = { name, breadth, before: [], after: [], position: layers[layer].length };
    layers[layer].push(slot);
    return slot;
  };
  for (const { name } of nodes) {
    slots.set(name, place(name, sizes.boxBreadth, layerOf.get(name) ?? 0));
  }

  const routes = nodes.flatMap(({ name: to, from }) =>
    from.map((source) => {
      const route = [slots.get(source), ...passages(source, to), slots.get(to)].filter((slot) =>
        slot !== undefined
      );
      for (let k = 1; k < route.length; k++) {
        route[k - 1].after.push(route[k]);
        route[k].before.push(route[k - 1]);
      }
      return { from: source, to, route };
    })
  );
  function passages(source: string, to: string): Slot[] {
    const first = (layerOf.get(source) ?? 0) + 1;
    const end = layerOf.get(to) ?? 0;
    return Array.from(
      { length: end - first },
      (_, k) => place(`${source} to ${to}`, PASSAGE, first + k),
    );
  }

  order(layers);
  const breadth = Math.max(...layers.map((layer) => layerBreadth(layer, sizes)));
  const step = sizes.boxDepth + sizes.gapDepth;
  const corner = new Map<Slot, LayoutPoint>();
  for (const [k, layer] of layers.entries()) {
    let across = (breadth - layerBreadth(layer, sizes)) / 2;
    for (const slot of layer) {
      corner.set(slot, { depth: k * step, breadth: across });
      across += slot.breadth + sizes.gapBreadth;
    }
  }
  const at = (slot: Slot, side: number): LayoutPoint => {
    const { depth, breadth } = corner.get(slot) ?? { depth: 0, breadth: 0 };
    return { depth: depth + side * sizes.boxDepth, breadth: breadth + slot.breadth / 2 };
  };
  return {
    depth: layerCount * step - sizes.gapDepth,
    breadth,
    layerCount,
    places: new Map(
      [...slots].map(([name, slot]) => [name, corner.get(slot) ?? { depth: 0, breadth: 0 }]),
    ),
    arrows: routes.map(({ from, to, route }) => ({
      from,
      to,
      points: route.flatMap((slot, k) => {
        if (k === 0) return [at(slot, 1)];
        return k === route.length - 1 ? [at(slot, 0)] : [at(slot, 0), at(slot, 1)];
      }),
    })),
  };
}

function longestPaths(nodes: readonly LayoutNode[]): Map<string, number> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const layers = new Map<string, number>();
  const open = new Set<string>();
  const visit = (name: string): number => {
    const known = layers.get(name);
    if (known !== undefined) return known;
    const node = byName.get(name);
    if (!node || open.has(name)) {
      throw new RangeError(
        "Cannot draw the pipeline as its arrows must run forward between known stages: " +
          `received "${name}" ` +
          (node ? "on a cycle" : "which is not among them"),
      );
    }
    open.add(name);
    const layer = Math.max(-1, ...node.from.map(visit)) + 1;
    open.delete(name);
    layers.set(name, layer);
    return layer;
  };
  for (const { name } of nodes) visit(name);
  // A source stands right before the first stage that reads it, not at the far end of the drawing.
  for (const { name, from } of nodes) {
    const readers = nodes.filter((node) => node.from.includes(name));
    if (from.length > 0 || readers.length === 0) continue;
    layers.set(name, Math.min(...readers.map((reader) => layers.get(reader.name) ?? 1)) - 1);
  }
  return layers;
}

/** Sorts each layer by the mean position of its neighbours, forward and backward in turn. */
function order(layers: Slot[][]): void {
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const forward = sweep % 2 === 0;
    for (const layer of forward ? layers : [...layers].reverse()) {
      const wanted = new Map(layer.map((slot) => {
        const neighbours = forward ? slot.before : slot.after;
        const sum = neighbours.reduce((total, { position }) => total + position, 0);
        return [slot, neighbours.length > 0 ? sum / neighbours.length : slot.position];
      }));
      layer.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0) || a.position - b.position);
      // Positions count from the middle of a layer, as layers are drawn around a common middle.
      for (const [k, slot] of layer.entries()) slot.position = k - (layer.length - 1) / 2;
    }
  }
}

function layerBreadth(layer: readonly Slot[], { gapBreadth }: LayoutSizes): number {
  return layer.reduce((sum, { breadth }) => sum + breadth, 0) + gapBreadth * (layer.length - 1);
}
