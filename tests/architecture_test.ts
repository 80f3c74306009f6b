/**
 * Rules of the code base: which folder may import which, what may occur where, and how files are
 * named. Every rule lists what breaks it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Folders ("rooms"), each with those that it may import in addition to itself, `errors.ts` and
 * `format.ts`. Type imports count: they tie a file to the definition of the type. `training` and
 * `stages` also import the layers below them, whose graphs, devices and batches they use; `run`
 * imports `model` and `kernels`, because planning counts a step on them; and `experiments` imports
 * the engine and the stages, because its runs are pipelines and one study times its own stage.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "errors.ts": [],
  "format.ts": [],
  io: [],
  kernels: [],
  "pipeline/graph": [],
  "pipeline/model": ["graph", "kernels"],
  "pipeline/engine": ["io"],
  "pipeline/batches": ["graph", "engine", "io"],
  "pipeline/derived": ["batches", "graph", "io"],
  "pipeline/datasets": ["batches", "graph", "io"],
  "pipeline/reporting": ["batches", "graph", "io"],
  "pipeline/monitoring": ["reporting", "io"],
  "pipeline/training": ["derived", "batches", "model", "graph", "engine", "io", "kernels"],
  "pipeline/prediction": ["training", "derived", "batches", "model", "graph", "io", "kernels"],
  "pipeline/stages": [
    "prediction",
    "training",
    "derived",
    "datasets",
    "reporting",
    "batches",
    "engine",
    "model",
    "graph",
    "io",
    "kernels",
  ],
  "pipeline/presets": ["derived", "stages", "training", "datasets", "engine", "graph", "io"],
  "pipeline/run": [
    "presets",
    "stages",
    "prediction",
    "reporting",
    "monitoring",
    "training",
    "derived",
    "batches",
    "engine",
    "model",
    "io",
    "kernels",
    "deno.json",
  ],
  "pipeline/experiments": [
    "run",
    "monitoring",
    "presets",
    "stages",
    "reporting",
    "training",
    "batches",
    "engine",
    "model",
    "graph",
    "io",
  ],
  "mod.ts": ["*"],
  "data.ts": ["*"],
  "presets.ts": ["*"],
  "stages.ts": ["*"],
  "scripts/examples": [],
  scripts: ["*"],
};

/**
 * File names that two files share because they are one thing at two levels, such as a task and the
 * code that it runs.
 */
const SHARED_NAMES = ["predict.ts", "train.ts", "study.ts", "presets.ts", "stages.ts"];

/** The folders that know each package. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "zarrita": ["io"],
  "@zarrita/storage": ["io"],
  "numcodecs": ["io"],
  "@uwdata/flechette": ["io"],
  // The reference implementation, to check flechette against.
  "apache-arrow": ["tests"],
  "csv-parse": ["io"],
  "h5wasm": ["io"],
  "hyparquet": ["io"],
  "saxes": ["io"],
  "yaml": ["io"],
  "@observablehq/plot": ["pipeline/reporting"],
  "@dagrejs/dagre": ["pipeline/reporting"],
  "d3-array": ["pipeline/experiments", "pipeline/reporting"],
  "d3-color": ["pipeline/reporting"],
  "d3-scale-chromatic": ["pipeline/reporting"],
  // Types of packages that ship none; they occur in `@ts-types` comments.
  "@types/d3-array": [],
  "@types/d3-color": [],
  "@types/d3-scale-chromatic": [],
  "linkedom": ["pipeline/reporting"],
  "commander": ["scripts"],
  // A table of errors is text; the scripts print it.
  "cli-table3": ["scripts", "pipeline/reporting"],
  "cli-progress": ["scripts"],
  "picocolors": ["scripts"],
  // Drives an installed browser.
  "playwright-core": ["scripts/bench/view_in_browser.ts", "tests"],
  "fast-check": ["tests"],
  "zod": ["io", "pipeline", "scripts", "stages.ts"],
  // Its own name, as users import it.
  "@haloflow/haloflow": ["scripts/examples"],
};

/** Where a thing may occur: a file, a folder, or nowhere. */
interface Place {
  readonly what: string;
  readonly pattern: RegExp;
  readonly in: readonly string[];
  /** Whether it may not occur in comments either. */
  readonly inComments?: boolean | undefined;
}

/** Drops what cannot be printed. */
const OUTPUT_GUARD = "pipeline/engine/workers/guarded_output.ts";

const PLACES: readonly Place[] = [
  { what: "navigator.gpu", pattern: /\bnavigator\s*\.\s*gpu\b/, in: ["kernels/webgpu"] },
  {
    what: "new Worker",
    pattern: /\bnew\s+Worker\b/,
    in: ["pipeline/engine/workers/start_worker.ts"],
  },
  {
    what: "postMessage",
    pattern: /\bpostMessage\b/,
    // Tabs of a browser share a worker.
    in: ["pipeline/engine/channels", "pipeline/engine/workers", "pipeline/monitoring/page"],
  },
  {
    what: "Deno.Command",
    pattern: /\bDeno\s*\.\s*Command\b/,
    in: ["pipeline/datasets/openfoam/simple_foam.ts", "scripts"],
  },
  { what: "Deno.dlopen", pattern: /\bDeno\s*\.\s*dlopen\b/, in: ["pipeline/graph/metis.ts"] },
  { what: "Deno.args", pattern: /\bDeno\s*\.\s*args\b/, in: ["scripts"] },
  { what: "Deno.exit", pattern: /\bDeno\s*\.\s*exit(\(|Code\s*=)/, in: ["scripts"] },
  // The library warns of inputs that a model was not trained on, unless the caller listens.
  {
    what: "console",
    pattern: /\bconsole\s*\./,
    in: ["scripts", "pipeline/prediction/model.ts", OUTPUT_GUARD],
  },
  {
    what: "Deno.stdout",
    pattern: /\bDeno\s*\.\s*std(out|err|in)\b/,
    in: ["scripts", OUTPUT_GUARD],
  },
  // Loaded with a worker, each would cost a third of its start; `io/node_zlib.ts` loads it late.
  {
    what: "an import of node:zlib",
    pattern: /\bfrom "node:zlib"/,
    in: ["io/matlab_v5.ts", "io/openfoam", "io/tables", "io/vtk", "pipeline/run/cache", "tests"],
  },
  // The CommonJS form, which is what the package's name means to Deno.
  { what: "flechette as CommonJS", pattern: /\bfrom "@uwdata\/flechette"/, in: [] },
  { what: "Math.random", pattern: /\bMath\s*\.\s*random\b/, in: [] },
  // The token of a job's messages must not be guessed; no result depends on it.
  {
    what: "crypto.getRandomValues",
    pattern: /\bgetRandomValues\b|\brandomUUID\b/,
    in: ["scripts/batch/run_job.ts"],
  },
  // The stages that a pipeline names, and the pipelines and jobs that a user names.
  {
    what: "an import of a computed name",
    pattern: /\bimport\s*\(\s*[^"\s)]/,
    in: ["pipeline/engine/definition/load_stage.ts", "scripts/command/import_file.ts"],
  },
  { what: "any", pattern: /(:\s*|<|\bas\s+)any\b/, in: [] },
  { what: "@ts-ignore", pattern: /@ts-(ignore|nocheck|expect-error)/, in: [], inComments: true },
  // It prints and does not throw: an example that ends in it cannot fail.
  { what: "console.assert", pattern: /\bconsole\s*\.\s*assert\b/, in: [], inComments: true },
];

const FOLDERS = ["docs", "io", "kernels", "pipeline", "scripts", "tests"];
const MAX_LINES = 400;

interface Source {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** `text` without comments. */
  readonly code: string;
  readonly imports: readonly string[];
}

const sources = [...readSources()];

function* walk(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(posix.join(root, folder))) {
    const path = posix.join(folder, name);
    if (isDirectory) yield* walk(path);
    else yield path;
  }
}

/** The TypeScript files that ship. */
function* readSources(): Generator<Source> {
  const atRoot = [...Deno.readDirSync(root)].filter(({ isFile }) => isFile).map(({ name }) => name);
  const folders = FOLDERS.filter((folder) => folder !== "tests");
  for (const path of [...atRoot, ...folders.flatMap((folder) => [...walk(folder)])]) {
    if (!/\.(ts|js)$/.test(path)) continue;
    const text = Deno.readTextFileSync(posix.join(root, path));
    const code = withoutComments(text);
    yield { path, text, code, imports: importsOf(code) };
  }
}

/**
 * Comments start a line or follow a blank, which sets them apart from URLs and globs in strings.
 */
function withoutComments(text: string): string {
  return text.replace(/(^|\s)\/\*[^]*?\*\//g, "$1").replace(/(^|\s)\/\/.*$/gm, "$1");
}

/** Static and dynamic imports and re-exports, types too. */
function importsOf(code: string): readonly string[] {
  const patterns = [
    /(?:^|\n)\s*(?:import|export)\b(?:[^"';]*?\bfrom)?\s*"([^"]+)"/g,
    /\bimport\s*\(\s*"([^"]+)"/g,
  ];
  return patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].map(([, specifier]) => specifier)
  );
}

/** The source that a relative import names, from the root. */
function target(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}

function isIn(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

/** The room that holds a source; `scripts/examples` comes before `scripts`. */
function roomOf(path: string): string | undefined {
  return Object.keys(MAY_IMPORT).find((room) => isIn(path, room));
}

/** The path of a room as `MAY_IMPORT` names it in its lists. */
function placeOf(name: string): string {
  return Object.keys(MAY_IMPORT).find((room) => room === name || room === `pipeline/${name}`) ??
    name;
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith(".");
}

/** The package of a bare import. */
function packageOf(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

Deno.test("the rules find the sources and their imports", () => {
  const model = sources.find(({ path }) => path === "pipeline/model/dsmpnn.ts");
  assert.ok(
    model?.imports.includes("../../kernels/device.ts") && model.imports.includes("./halo.ts"),
  );
  const select = sources.find(({ path }) => path === "kernels/select_device.ts");
  assert.ok(select?.imports.includes("./webgpu/webgpu_device.ts"), "dynamic imports count");
  const code = withoutComments(
    'a(); // new Worker\n/** console.log */\nconst url = "http://x/*"; /* b */ c();',
  );
  assert.equal(code, 'a(); \n\nconst url = "http://x/*";  c();');
  assert.deepEqual(
    importsOf('import a from "b";\nimport "c";\nexport {\n  d,\n} from "e";\nawait import("f")'),
    [
      "b",
      "c",
      "e",
      "f",
    ],
  );
});

Deno.test("a room imports only itself and the rooms below it", () => {
  const broken = sources.flatMap(({ path, imports }) => {
    const room = roomOf(path);
    if (room === undefined) return [`${path} is in no room`];
    const allowed = MAY_IMPORT[room];
    if (allowed[0] === "*") return [];
    const places = [room, "errors.ts", "format.ts", ...allowed.map(placeOf)];
    return imports.filter(isRelative).map((specifier) => target(path, specifier))
      .filter((other) => !places.some((place) => isIn(other, place)))
      .map((other) => `${path} imports ${other}`);
  });
  assert.deepEqual(broken, []);
});

Deno.test("imports between rooms form no cycle", () => {
  const visit = (room: string, trail: readonly string[]): readonly string[] =>
    trail.includes(room)
      ? [[...trail, room].join(" -> ")]
      : (MAY_IMPORT[room] ?? []).flatMap((other) => visit(placeOf(other), [...trail, room]));
  assert.deepEqual(Object.keys(MAY_IMPORT).flatMap((room) => visit(room, [])), []);
});

Deno.test("examples import the package by its name only", () => {
  const examples = sources.filter(({ path }) => isIn(path, "scripts/examples"));
  const broken = examples.flatMap(({ path, imports }) =>
    imports.filter((specifier) => packageOf(specifier) !== "@haloflow/haloflow")
      .map((specifier) => `${path} imports ${specifier}`)
  );
  assert.deepEqual(broken, []);
});

Deno.test("no file imports itself through others, types included", () => {
  const importsByPath = new Map(sources.map(({ path, imports }) => [
    path,
    imports.filter(isRelative).map((specifier) => target(path, specifier)),
  ]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
    else if (!done.has(path)) {
      for (const other of importsByPath.get(path) ?? []) visit(other, [...trail, path]);
      done.add(path);
    }
  };
  for (const { path } of sources) visit(path, []);
  assert.deepEqual(cycles, []);
});

Deno.test("no two files share a name", () => {
  const byName = Map.groupBy(sources, ({ path }) => posix.basename(path));
  const shared = [...byName].filter(([name, files]) =>
    files.length > (SHARED_NAMES.includes(name) ? 2 : 1)
  );
  assert.deepEqual(shared.map(([, files]) => files.map(({ path }) => path)), []);
});

Deno.test("packages are imported where they belong", () => {
  const broken = sources.flatMap(({ path, imports }) =>
    imports.filter((specifier) => !isRelative(specifier)).filter((specifier) => {
      const places = PACKAGES[packageOf(specifier)] ?? [];
      return !specifier.startsWith("node:") && !places.some((place) => isIn(path, place));
    }).map((specifier) => `${path} imports ${specifier}`)
  );
  assert.deepEqual(broken, []);
});

Deno.test("the packages of the rules are those of deno.json", () => {
  const { imports, name } = JSON.parse(Deno.readTextFileSync(posix.join(root, "deno.json")));
  assert.deepEqual(Object.keys(PACKAGES).sort(), [...Object.keys(imports), name].sort());
});

for (const { what, pattern, in: places, inComments } of PLACES) {
  const where = places.length === 0 ? "nowhere" : `only in ${places.join(", ")}`;
  Deno.test(`${what} occurs ${where}`, () => {
    const broken = sources.filter(({ path }) => !places.some((place) => isIn(path, place)))
      .filter(({ code, text }) => pattern.test(inComments ? text : code))
      .map(({ path }) => path);
    assert.deepEqual(broken, []);
  });
}

Deno.test("only six folders are at the top level", () => {
  const { exclude } = JSON.parse(Deno.readTextFileSync(posix.join(root, "deno.json")));
  const ignored = [...exclude.map((path: string) => path.replace("/", "")), "node_modules"];
  const folders = [...Deno.readDirSync(root)].filter(({ isDirectory }) => isDirectory).map((
    { name },
  ) => name)
    .filter((name) => !name.startsWith(".") && !ignored.includes(name));
  assert.deepEqual(folders.sort(), FOLDERS);
});

Deno.test("files are in snake case and named for what they are about", () => {
  const broken = FOLDERS.flatMap((folder) => [...walk(folder)])
    // Data are named by their formats.
    .filter((path) => !isIn(path, "tests/fixtures") && !isIn(path, "pipeline/datasets/stores"))
    .filter((path) => {
      const name = posix.basename(path);
      return !/^[a-z][a-z0-9_]*(\.[a-z]+){1,2}$/.test(name) ||
        /(^|_)(utils?|helpers?|common|misc)[._]/.test(name);
    });
  assert.deepEqual(broken, []);
});

Deno.test(`no source has more than ${MAX_LINES} lines`, () => {
  const long = sources.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES);
  assert.deepEqual(long, []);
});
