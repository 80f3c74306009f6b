/**
 * Tasks under the flags of `deno.json`, and stages that try what they must not.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { inTemporaryDirectory } from "../support/temporary_directory.ts";
import { assertMistake, type Outcome } from "./run_script.ts";
import { SMALL } from "./small_darcy.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STAGES = join(dirname(fileURLToPath(import.meta.url)), "stages");

/** Permissions that any set may have in addition to reading, by kind. */
const ALLOWED_VALUES: Readonly<Record<string, readonly string[]>> = {
  write: [".", ".haloflow"],
  env: [
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "TERM",
    "CI",
    "HALOFLOW_DEBUG",
    "HALOFLOW_NO_CACHE",
    "INIT_CWD",
    "XDG_RUNTIME_DIR",
  ],
  sys: ["systemMemoryInfo", "cpus", "statfs"],
};

/** The ports of the viewer, which a command gives up before it starts a stage. */
const VIEWER_PORTS = /^127\.0\.0\.1:842\d$/;

/** Read by the package that parses YAML. */
const YAML_VARIABLES = /^LOG_(TOKENS|STREAM)$/;

/** Additional permissions of single sets. */
const ADDED_VALUES: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  generate: { run: /^\/usr\/bin\/simpleFoam$/ },
  pipeline: { env: YAML_VARIABLES, net: VIEWER_PORTS },
  batch: { run: /^deno$/, env: YAML_VARIABLES },
  retrain: { run: /^deno$/, env: YAML_VARIABLES },
  study: { run: /^deno$/, env: YAML_VARIABLES, ffi: /^\/\S+\/libmetis\.(so\.5|dylib)$/ },
  test: { run: /^deno$/ },
  view: { net: /^127\.0\.0\.1$/ },
};

Deno.test("each task runs under a permission set, without prompts and remote code", () => {
  const used = new Set<string>();
  for (const [name, { command }] of Object.entries(config.tasks)) {
    const [, v8, set, script] = command.match(
      /^deno run -q( --v8-flags=\S+)? --no-prompt --no-remote -P=(\w+) (\S+)$/,
    ) ?? assert.fail(`${name}: ${command}`);
    assert.ok(v8 === undefined || v8 === " --v8-flags=--max-semi-space-size=2", name);
    assert.match(script, /^scripts\/\w+\.ts$/, name);
    assert.ok(set in config.permissions, name);
    used.add(set);
  }
  assert.deepEqual([...used].sort(), Object.keys(config.permissions).sort());
  assert.deepEqual(config.unstable, ["worker-options"]);
});

Deno.test("permission sets allow named values only, and no network but loopback", () => {
  for (const [set, kinds] of Object.entries(config.permissions)) {
    for (const [kind, values] of Object.entries(kinds)) {
      if (kind === "read" && values === true) continue;
      assert.ok(Array.isArray(values), `${set}: ${kind}`);
      const added = ADDED_VALUES[set]?.[kind];
      const allowed = kind === "read" ? [".haloflow"] : ALLOWED_VALUES[kind] ?? [];
      const others = values.filter((value) => !allowed.includes(value) && !added?.test(value));
      assert.deepEqual(others, [], `${set}: ${kind}`);
    }
  }
  const { check, cache, view } = config.permissions;
  assert.ok(!("write" in check) && !("write" in view) && !("run" in view));
  assert.deepEqual([cache.read, cache.write], [[".haloflow"], [".haloflow"]]);
});

Deno.test("tasks do their work with the flags that they have", () =>
  inProject(async (directory) => {
    const [store, runs] = ["darcy.zarr", "runs"].map((name) => join(directory, name));
    const model = join(runs, "runs", "s-seed0", "model.safetensors");
    const small = SMALL.flatMap((value) => ["--set", value]);
    const cpu = ["--device", "cpu"];
    // The check that is "deno task test" runs trainings, cases and the compiler with their flags.
    const invocations: readonly (readonly [task: string, ...args: string[]])[] = [
      ["generate", "darcy", "--count", "8", "--resolution", "13", "--out", store],
      ["check", store],
      ["stages", "sample"],
      [
        "compare",
        "darcy",
        "--store",
        store,
        "--seeds",
        "1",
        "--networks",
        "s",
        "--out",
        runs,
        ...cpu,
        ...small,
      ],
      [
        "predict",
        model,
        store,
        "--out",
        join(directory, "fields.zarr"),
        "--vtk",
        join(directory, "vtk"),
        ...cpu,
      ],
      [
        "study",
        "partitioners",
        "--store",
        store,
        "--parts",
        "2",
        "--out",
        join(directory, "study"),
      ],
      ["cache", "list"],
      ["retrain", "scripts/examples/jobs.yaml", "--list"],
      ...["convert", "stress", "bench", "view"].map((task) => [task, "--help"] as const),
    ];
    for (const [task, ...args] of invocations) {
      const { code, error } = await runWithFlags(task, ...args);
      assert.equal(code, 0, `${task}: ${error}`);
    }
  }));

Deno.test("an --out elsewhere is refused with the command that allows it", () =>
  inTemporaryDirectory(async (elsewhere) => {
    const out = join(elsewhere, "some where", "graph.zarr");
    const edges = join(elsewhere, "edges.csv");
    await Deno.writeTextFile(edges, "source,target\n0,1\n1,2\n2,0\n");
    const refused = await runWithFlags(
      "generate",
      "darcy",
      "--count",
      "2",
      "--resolution",
      "9",
      "--out",
      out,
    );
    assertMistake(
      refused,
      /^error: Cannot write --out ".*graph.zarr": this command may write only inside ".*";/,
    );
    assert.deepEqual([...Deno.readDirSync(elsewhere)].map(({ name }) => name), ["edges.csv"]);
    const { code, error } = await runSuggested(refused);
    assert.equal(code, 0, error);
    assert.ok((await Deno.stat(out)).isDirectory);
  }));

Deno.test("a stage gets what the pipeline allows it, and nothing else", () =>
  inProject((directory) =>
    inTemporaryDirectory(async (elsewhere) => {
      using host = countConnections();
      const [secret, other, loot] = ["secret", "other", "loot"].map((name) =>
        join(elsewhere, name)
      );
      for (const path of [secret, other]) await Deno.writeTextFile(path, "kept");
      const pipeline = join(elsewhere, "spy.json.ts");
      const out = join(directory, "spy");
      const spy = { run: join(STAGES, "spy.ts"), with: { port: host.port, secret, other, loot } };
      const write = (permissions?: object) =>
        Deno.writeTextFile(
          pipeline,
          "export default " +
            JSON.stringify({ name: "spy", stages: { spy: { ...spy, permissions } } }),
        );
      const results = async () => JSON.parse(await Deno.readTextFile(join(out, "spy.json")));

      await write();
      const first = await runWithFlags("pipeline", pipeline, "--out", out);
      assert.equal(first.code, 0, first.error);
      const denied = (name: string) =>
        new RegExp(`Requires (all|${name}) access|requires unscoped`);
      const rules: Readonly<Record<string, RegExp>> = {
        "read a secret": denied("read"),
        "read another file": denied("read"),
        "import a text": denied("read"),
        "import a module from a host": /Requires import access|--no-remote/,
        "fetch": denied("net"),
        "write": denied("write"),
        "write beside": denied("write"),
        "make a link": denied("write"),
        "run": denied("run"),
        "environment": denied("env"),
        "other environment": denied("env"),
        "a worker of its own": denied("read"),
        "the file system of Node": denied("read"),
        "its own directory": /^done$/,
      };
      assertResults(await results(), rules);
      assert.equal(host.count, 0);

      await write({
        read: ["secret"],
        write: ["loot"],
        // The viewer may listen on the second one, a stage may not.
        net: [`127.0.0.1:${host.port}`, "127.0.0.1:8429"],
        env: ["HOME"],
      });
      const refused = await runWithFlags("pipeline", pipeline, "--out", out, "--overwrite");
      assertMistake(
        refused,
        new RegExp(
          '^error: Cannot grant permissions to stages: .* write access to ".*loot", net access ' +
            'to "127.0.0.1:\\d+", net access to "127.0.0.1:8429", env access to "HOME" for stage ' +
            '"spy"; allow it with: ',
        ),
      );
      const { code, error } = await runSuggested(refused);
      assert.equal(code, 0, error);
      const done = /^done$/;
      assertResults(await results(), {
        ...rules,
        "read a secret": done,
        "fetch": done,
        "write": done,
        "environment": done,
      });
      assert.equal(host.count, 1);
    })
  ));

Deno.test("a stage that reads what it must not is stopped, also while it is imported", () =>
  inProject((directory) =>
    inTemporaryDirectory(async (elsewhere) => {
      const run = async (...names: readonly string[]) => {
        const pipeline = join(elsewhere, `${names[0]}.ts`);
        const out = join(directory, "out");
        const stages = Object.fromEntries(
          names.map((name) => [name, { run: join(STAGES, `${name}.ts`) }]),
        );
        await Deno.writeTextFile(
          pipeline,
          `export default ${JSON.stringify({ name: "thieves", stages })}`,
        );
        const { code, error } = await runWithFlags("pipeline", pipeline, "--out", out);
        assert.equal(code, 1);
        return error;
      };
      const remedy =
        'no read access to "/etc/passwd": its permissions do not include it; if the stage needs ' +
        'it, add permissions: { read: ["/etc/passwd"] } to the stage in the pipeline';
      assert.ok((await run("thief")).includes(`error: Stage "thief" failed: ${remedy}`));
      const problems = await run("text_thief", "early_thief");
      for (const name of ["text_thief", "early_thief"]) {
        const stage =
          `Cannot load stage "${name}": importing file://${join(STAGES, name)}.ts failed: ` +
          `${remedy}`;
        assert.ok(problems.includes(stage), problems);
      }
    })
  ));

/** Runs a task as a user does, in the project. */
function runWithFlags(task: string, ...args: readonly string[]): Promise<Outcome> {
  return runCommand([Deno.execPath(), "task", "--quiet", task, ...args]);
}

/** Runs the command that an error names. */
function runSuggested({ error }: Outcome): Promise<Outcome> {
  const [, command] = error.match(/allow it with: (.*)$/m)!;
  // There need not be a deno on the path.
  return runCommand(["sh", "-c", `deno() { "${Deno.execPath()}" "$@"; }; ${command}`]);
}

async function runCommand([program, ...args]: readonly string[]): Promise<Outcome> {
  const env = {
    NO_COLOR: "1",
    HALOFLOW_DEBUG: "",
    HALOFLOW_NO_CACHE: "1",
    XDG_RUNTIME_DIR: "/tmp",
  };
  const command = new Deno.Command(program, { args: [...args], env, cwd: ROOT, stdin: "null" });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), error: decoder.decode(stderr) };
}

/** Runs a test in a directory of its own inside the project. */
async function inProject<T>(test: (directory: string) => Promise<T>): Promise<T> {
  await Deno.mkdir(join(ROOT, "out"), { recursive: true });
  const directory = resolve(await Deno.makeTempDir({ dir: join(ROOT, "out"), prefix: "test-" }));
  try {
    return await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function assertResults(
  results: Readonly<Record<string, string>>,
  rules: Readonly<Record<string, RegExp>>,
): void {
  assert.deepEqual(Object.keys(results).sort(), Object.keys(rules).sort());
  for (const [what, rule] of Object.entries(rules)) assert.match(results[what], rule, what);
}

/** Answers on a port of this computer, and counts who connects. */
function countConnections(): Disposable & { readonly port: number; readonly count: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let count = 0;
  const listen = async () => {
    for await (const connection of listener) {
      count++;
      await connection.read(new Uint8Array(1024));
      await connection.write(
        new TextEncoder().encode(
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        ),
      );
      connection.close();
    }
  };
  const listening = listen();
  listening.catch(() => undefined);
  return {
    port: listener.addr.port,
    get count() {
      return count;
    },
    [Symbol.dispose]: () => listener.close(),
  };
}
