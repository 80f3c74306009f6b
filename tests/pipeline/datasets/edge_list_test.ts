import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { parseCsv } from "../../../io/tables/csv.ts";
import type { MeshSample } from "../../../io/mesh_store.ts";
import { openEdgeList } from "../../../pipeline/datasets/edge_list.ts";
import { breadthFirstOrder } from "../../../pipeline/graph/breadth_first.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";
import { fixture, readAll } from "./flow_cases.ts";

/** Positions of nodes without coordinates. */
const ON_LINE = { position: ["order"] } as const;

/** Runs a test with tables in files. */
async function withTables(
  tables: Readonly<Record<string, string>>,
  test: (path: (name: string) => string) => Promise<void>,
): Promise<void> {
  await inTemporaryDirectory(async (directory) => {
    for (const [name, text] of Object.entries(tables)) {
      Deno.writeTextFileSync(join(directory, name), text);
    }
    await test((name) => join(directory, name));
  });
}

Deno.test("openEdgeList() reads edges by node ids, fields, coordinates and cells", () =>
  withTables({
    "edges.csv": "source,target,weight\nb,a,1\nc,b,2\nc,c,3\n",
    "nodes.csv": 'id;x;y;load;name\na;0;1;10;"A; or ""A"""\nb;2;3;-20.5;B\nc;4;5;3e1;C\n',
  }, async (path) => {
    const store = await openEdgeList(path("edges.csv"), path("nodes.csv"), { targets: ["load"] });
    assert.deepEqual(store.attributes.fields, {
      load: { components: 1, unit: "", role: "target", offset: undefined },
    });
    const [{ id, position, fields, cells, dimensions }] = await readAll(store);
    assert.deepEqual([id, dimensions], ["graph", 2]);
    assert.deepEqual([...position], [0, 1, 2, 3, 4, 5]);
    assert.deepEqual([...fields.load], [10, -20.5, 30]);
    assert.deepEqual([...cells!.connectivity], [1, 0, 2, 1, 2, 2]);
    assert.deepEqual([[...cells!.offsets], [...cells!.types]], [[0, 2, 4, 6], [3, 3, 3]]);

    const both = await openEdgeList(path("edges.csv"), path("nodes.csv"), {
      inputs: ["load"],
      position: ["x"],
      undirected: true,
    });
    const [undirected] = await readAll(both);
    assert.deepEqual([...undirected.cells!.connectivity], [1, 0, 0, 1, 2, 1, 1, 2, 2, 2]);
    assert.deepEqual([...undirected.position], [0, 2, 4]);
  }));

Deno.test("openEdgeList() reads a sample per graph, on a line without coordinates", () =>
  withTables({
    // Two paths: 0 - 2 - 1 and 1 - 0.
    "edges.csv": "graph\tsender\treceiver\r\nfirst\t0\t2\r\nsecond\t1\t0\r\nfirst\t2\t1\r\n",
    "nodes.csv": "graph,heat\nfirst,1\nsecond,2\nfirst,3\nfirst,4\nsecond,5\n",
  }, async (path) => {
    const store = await openEdgeList(path("edges.csv"), path("nodes.csv"), ON_LINE);
    assert.deepEqual(store.attributes.ids, ["first", "second"]);
    assert.deepEqual(store.nodeCounts, [3, 2]);
    const [first, second] = await readAll(store);
    assert.deepEqual([...first.position], [0, 1, 0.5]);
    assert.deepEqual([...first.fields.heat], [1, 3, 4]);
    assert.deepEqual([...second.position], [0, 1]);
    assert.deepEqual([...second.cells!.connectivity], [1, 0]);
  }));

Deno.test("openEdgeList() reads Arrow tables of pandas with 64-bit integers and text", async () => {
  const store = await openEdgeList(
    fixture("graphs", "edges.arrow"),
    fixture("graphs", "nodes.feather"),
    { ...ON_LINE, inputs: ["degree"] },
  );
  const [{ nodeCount, fields, cells }] = await readAll(store);
  const degrees = new Float32Array(nodeCount);
  cells!.connectivity.forEach((node) => degrees[node]++);
  assert.deepEqual(fields.degree, degrees);
  // Scale-free: a few nodes have many times the edges of most.
  const sorted = degrees.toSorted();
  assert.ok(
    sorted[nodeCount - 1] > 8 * sorted[nodeCount >> 1],
    `${sorted[nodeCount - 1]} of ${sorted[nodeCount >> 1]}`,
  );
});

Deno.test("openEdgeList() turns all columns of numbers into fields with valid names", () =>
  withTables({
    "edges.csv": "from,to\nu,v\n",
    "nodes.csv": "node,kind,water level [m],2nd\nu,tank,0.5,1\nv,3,1.5,2\n",
  }, async (path) => {
    const store = await openEdgeList(path("edges.csv"), path("nodes.csv"), ON_LINE);
    assert.deepEqual(Object.keys(store.attributes.fields), ["water_level_m", "field_2nd"]);
    const [{ fields }] = await readAll(store);
    assert.deepEqual([...fields.water_level_m], [0.5, 1.5]);
    const chosen = { ...ON_LINE, inputs: ["water level [m]"] };
    const { attributes } = await openEdgeList(path("edges.csv"), path("nodes.csv"), chosen);
    assert.deepEqual(attributes.fields, {
      water_level_m: { components: 1, unit: "", role: "input", offset: undefined },
    });
  }));

Deno.test("openEdgeList() rejects missing and mismatched parts of the tables", async (t) => {
  const edges = "sender,receiver\n0,1\n";
  const nodes = "load\n1\n2\n";
  const wrong: Record<string, readonly [edges: string, nodes: string, message: RegExp]> = {
    "no sender": [
      "a,b\n0,1\n",
      nodes,
      /edges\.csv": .* sender or source or src or from, found a, b/,
    ],
    "no nodes": [edges, "id,load\n", /nodes\.csv": it must have nodes, found none$/],
    "no such node": [
      "sender,receiver\n0,1\n0,2\n",
      nodes,
      /edges\.csv": both ends .* row 2 refers to "2"$/,
    ],
    "a node of another graph": [
      "graph,from,to\na,0,1\n",
      "graph,load\na,1\nb,2\n",
      /row 1 refers to "1" of graph "a"/,
    ],
    "graphs in one table": [
      edges,
      "graph,load\na,1\na,2\n",
      /column "graph", not found in ".*edges\.csv"/,
    ],
    "a graph without edges": [
      "graph,from,to\na,0,0\n",
      "graph,load\na,1\nb,2\n",
      /every graph must have an edge, "b" has none/,
    ],
    "an id twice": [
      "from,to\n7,7\n",
      "id,load\n7,1\n7,2\n",
      /every id must be unique in its graph, row 2 repeats "7"; --sample/,
    ],
    "a text for a number": [
      edges,
      "load\n1\nhigh\n",
      /column "load" of ".*nodes\.csv".* finite numbers.* row 2 has "high"/,
    ],
    "an empty number": [edges, "load,b\n1,1\n,2\n", /column "load" .*row 2 has no value/],
    "a row of other length": [
      edges,
      "load,b\n1,1\n2\n",
      /nodes\.csv": row 2 must have 2 fields, it has 1/,
    ],
    "an open quote": [edges, 'load\n1\n"2\n', /nodes\.csv": .*[Qq]uote .*line 3/],
    "an empty file": [edges, "", /nodes\.csv": its first line must have the names of the columns/],
    "a column twice": [edges, "load,load\n1,1\n", /columns .* name: load, load/],
  };
  for (const [what, [edgesText, nodesText, message]] of Object.entries(wrong)) {
    await t.step(
      what,
      () =>
        withTables({ "edges.csv": edgesText, "nodes.csv": nodesText }, async (path) => {
          await assert.rejects(openEdgeList(path("edges.csv"), path("nodes.csv"), ON_LINE), {
            name: "DataError",
            message,
          });
        }),
    );
  }
  await t.step(
    "columns that are missing, or both input and target",
    () =>
      withTables(
        { "edges.csv": edges, "nodes.csv": nodes, "a.arrow": "no Arrow" },
        async (path) => {
          const open = (options: Parameters<typeof openEdgeList>[2], name = "edges.csv") =>
            openEdgeList(path(name), path("nodes.csv"), { ...ON_LINE, ...options });
          await assert.rejects(
            open({ inputs: ["laod"] }),
            /no column of that name, did you mean "load"\?/,
          );
          await assert.rejects(
            open({ inputs: ["load"], targets: ["load"] }),
            /both input and target; choose one/,
          );
          await assert.rejects(
            open({ position: ["a", "b", "c", "d"] }),
            /at most 3 coordinates, received a, b, c, d/,
          );
          await assert.rejects(open({}, "none.csv"), /Cannot read ".*none\.csv": no such file/);
          await assert.rejects(
            open({}, "a.arrow"),
            /Cannot read table ".*a\.arrow": Cannot read Arrow IPC data/,
          );
        },
      ),
  );
});

/** Opens graphs of two texts. */
async function openTables(
  edges: string,
  nodes: string,
  options: Parameters<typeof openEdgeList>[2] = {},
): Promise<{ readonly sample: MeshSample; readonly notes: string }> {
  let result: { readonly sample: MeshSample; readonly notes: string } | undefined;
  await withTables({ "edges.csv": edges, "nodes.csv": nodes }, async (path) => {
    const store = await openEdgeList(path("edges.csv"), path("nodes.csv"), options);
    const notes = store.attributes.generator?.notes as readonly string[];
    result = { sample: await store.read(0, { cells: true }), notes: notes.join("\n") };
  });
  return result!;
}

/** The edges of a graph, as texts. */
function edgesOf({ cells }: MeshSample): string[] {
  const { connectivity } = cells!;
  return Array.from(
    { length: connectivity.length / 2 },
    (_, e) => `${connectivity[2 * e]}-${connectivity[2 * e + 1]}`,
  );
}

Deno.test("openEdgeList() uses each edge once per direction if undirected", async () => {
  const nodes = "id,x,y,a,t\n0,0,0,1,1\n1,1,0,2,2\n2,2,0,3,3\n3,3,1,4,4\n4,0,0,0,0\n";
  const edges = "sender,receiver\n0,1\n1,0\n1,2\n1,2\n3,3\n";
  const roles = { inputs: ["a"], targets: ["t"] };
  const joined = await openTables(edges, nodes, { ...roles, undirected: true });
  assert.deepEqual(edgesOf(joined.sample), ["0-1", "1-0", "1-2", "2-1", "3-3"]);
  assert.match(joined.notes, /^2 of 5 edges are in the table already.*once per direction$/m);
  assert.match(joined.notes, /^1 of 5 nodes are in no edge$/m);
  const directed = await openTables(edges, nodes, roles);
  assert.deepEqual(edgesOf(directed.sample), ["0-1", "1-0", "1-2", "1-2", "3-3"]);
  assert.match(directed.notes, /^1 of 5 edges are repeated, and are used each time$/m);
});

Deno.test("openEdgeList() asks for the first row if no edge names row 0", async () => {
  const nodes = "x,y,a\n0,0,1\n1,0,2\n1,1,3\n0,1,4\n5,5,9\n";
  const ring = "sender,receiver\n1,2\n2,3\n3,4\n4,1\n";
  const toLast = "sender,receiver\n1,2\n2,3\n3,4\n4,5\n";
  await assert.rejects(openTables(ring, nodes, { inputs: ["a"] }), {
    name: "UserError",
    message: /none names row 0; state .*: --first-row 1 or --first-row 0$/,
  });
  await assert.rejects(openTables(toLast, nodes, { inputs: ["a"] }), {
    name: "UserError",
    message: /none names row 0, but one the row after the last; state .*: --first-row 1$/,
  });
  const first = async (edges: string, firstRow: number) =>
    edgesOf((await openTables(edges, nodes, { inputs: ["a"], firstRow })).sample);
  assert.deepEqual(await first(ring, 1), ["0-1", "1-2", "2-3", "3-0"]);
  assert.deepEqual(await first(ring, 0), ["1-2", "2-3", "3-4", "4-1"]);
  assert.deepEqual(await first(toLast, 1), ["0-1", "1-2", "2-3", "3-4"]);
  await assert.rejects(first("sender,receiver\n0,1\n", 1), /\(rows from 1\), row 1 refers to "0"/);
  await assert.rejects(openTables(ring, "id,x\n1,0\n2,0\n", { ...ON_LINE, firstRow: 1 }), {
    message: /refer to its column "id" and not to rows/,
  });
});

Deno.test("openEdgeList() finds columns in any case, unless several match", async () => {
  const nodes = "ID,X,Y,a\n2,0,0,1\n1,1,0,2\n0,0,1,3\n";
  const { sample, notes } = await openTables("Sender,RECEIVER\n2,1\n1,0\n", nodes, {
    inputs: ["a"],
  });
  assert.deepEqual([...sample.position], [0, 0, 1, 0, 0, 1]);
  assert.deepEqual(edgesOf(sample), ["0-1", "1-2"]);
  assert.match(notes, /^Coordinates are the columns X, Y$/m);
  assert.match(notes, /^Edges refer to nodes by the column "ID"$/m);
  const refused: readonly (readonly [string, string, RegExp, object?])[] = [
    ["from,source,to\n0,0,1\n", nodes, /must be sender or source.*found from, source; .*--ends/],
    ["a,b\n0,1\n", nodes, /found a, b; name the columns of both ends by --ends$/],
    ["from,to\n0,1\n", "id,node,x\n0,7,0\n1,8,1\n", /must be id or node, found id, node; .*--id/],
    ["from,to\n0,1\n", nodes, /column "nr" .*no column of that name/, { id: "nr" }],
    ["from,to\n0,1\n", nodes, /both must have a column "run"/, { sample: "run" }],
  ];
  for (const [edges, table, message, options] of refused) {
    const open = () => openTables(edges, table, { position: ["a"], ...options });
    await assert.rejects(open, { message });
  }
  const ends = { ends: ["b", "a"], inputs: ["a"] };
  assert.deepEqual(edgesOf((await openTables("a,b\n0,1\n", nodes, ends)).sample), ["1-2"]);
});

Deno.test("openEdgeList() stores far positions and small variations relative to an origin", () =>
  withTables({
    "edges.csv": "sender,receiver\n0,1\n1,2\n",
    "nodes.csv": "id,x,y,p,q\n" +
      [0, 1, 2].map((i) => `${i},${4_649_776.5 + i / 4},${i},${101_325 + i / 1000},${i}`).join(
        "\n",
      ),
  }, async (path) => {
    const store = await openEdgeList(path("edges.csv"), path("nodes.csv"), { targets: ["p", "q"] });
    const { origin, fields, generator } = store.attributes;
    const sample = await store.read(0);
    const [offset] = fields.p.offset!;
    for (const i of [0, 1, 2]) {
      assert.equal(origin![0] + sample.position[2 * i], 4_649_776.5 + i / 4);
      assert.ok(Math.abs(offset + sample.fields.p[i] - (101_325 + i / 1000)) < 1e-9);
      assert.equal(sample.fields.q[i], i);
    }
    assert.equal(fields.q.offset, undefined);
    assert.match(String(generator!.notes), /relative to the origin/);
  }));

Deno.test("openEdgeList() takes no feature for a coordinate", async () => {
  const edges = "sender,receiver\n0,1\n";
  const nodes = "id,pos_x,pos_y,x,y\n0,10,11,1,2\n1,20,21,3,4\n";
  const position = ["pos_x", "pos_y"];
  const { sample } = await openTables(edges, nodes, {
    position,
    inputs: ["x"],
    targets: ["y"],
  });
  assert.deepEqual([...sample.position], [10, 11, 20, 21]);
  assert.deepEqual([[...sample.fields.x], [...sample.fields.y]], [[1, 3], [2, 4]]);
  const unclear = /x, y may be coordinates or features; --position names .*pos_x, pos_y, x, y$/;
  for (const options of [{}, { inputs: ["x"] }, { targets: ["y"], inputs: ["pos_x"] }]) {
    await assert.rejects(openTables(edges, nodes, options), {
      name: "UserError",
      message: unclear,
    });
  }
  const named = await openTables(edges, nodes, { inputs: ["pos_x"], position: ["x", "y"] });
  assert.deepEqual([...named.sample.position], [1, 2, 3, 4]);
  await assert.rejects(openTables(edges, "id,lon,lat,a\n0,1,2,3\n1,1,2,4\n", { inputs: ["a"] }), {
    name: "UserError",
    message: /it has no columns x, y, z; .*--position order places.*columns are id, lon, lat, a$/,
  });
});

Deno.test("parseCsv() returns any quoted fields unchanged", () => {
  const field = fc.string({ unit: fc.constantFrom("a", "1", " ", '"', ",", ";", "\n", "\t", "é") });
  fc.assert(fc.property(fc.array(fc.tuple(field, field), { minLength: 1 }), (rows) => {
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const text = ["a,b", ...rows.map((row) => row.map(quote).join(","))].join("\n");
    assert.deepEqual(Object.fromEntries(parseCsv(text)), {
      a: rows.map(([a]) => a),
      b: rows.map(([, b]) => b),
    });
  }));
});

Deno.test(
  "breadthFirstOrder() gives every node once, each but a component's first after one of its " +
    "neighbours",
  () => {
    const edges = fc.integer({ min: 1, max: 12 }).chain((nodeCount) =>
      fc.record({
        nodeCount: fc.constant(nodeCount),
        ends: fc.array(fc.integer({ min: 0, max: nodeCount - 1 }), { maxLength: 40 }).map((ends) =>
          Uint32Array.from(ends.slice(0, ends.length & ~1))
        ),
      })
    );
    fc.assert(fc.property(edges, ({ nodeCount, ends }) => {
      const order = breadthFirstOrder(nodeCount, ends);
      assert.deepEqual([...order].sort((a, b) => a - b), [...Array(nodeCount).keys()]);
      const isNeighbour = (a: number, b: number) =>
        ends.some((node, k) => node === a && ends[k ^ 1] === b);
      // Components by repeated merging.
      const component = [...Array(nodeCount).keys()];
      for (let round = 0; round < nodeCount; round++) {
        for (let k = 0; k < ends.length; k++) {
          component[ends[k]] = Math.min(component[ends[k]], component[ends[k ^ 1]]);
        }
      }
      const seen = new Set<number>();
      order.forEach((node, place) => {
        const isFirst = !seen.has(component[node]);
        assert.ok(isFirst || order.subarray(0, place).some((other) => isNeighbour(other, node)));
        if (!isFirst) {
          assert.equal(component[order[place - 1]], component[node], "components stay together");
        }
        seen.add(component[node]);
      });
    }));
  },
);
