import assert from "node:assert/strict";
import { PipelineError } from "../../../../errors.ts";
import { parseYaml } from "../../../../io/yaml.ts";
import { overrideOptions } from "../../../../pipeline/engine/definition/override_options.ts";
import type { PipelineSpec } from "../../../../pipeline/engine/definition/spec.ts";

const spec: PipelineSpec = {
  name: "test",
  stages: {
    graphs: { run: "sample", with: { radius: 0.2, sampling: { nodes: 421 } } },
    model: { run: "train", from: "graphs" },
  },
};

Deno.test("overrideOptions() sets values of stages and the name, which is always a text", () => {
  const { stages, name } = overrideOptions(spec, [
    "stages.graphs.with.radius=0.5",
    "stages.graphs.with.sampling.nodes=10",
    "stages.graphs.with.cases=[1,2]",
    "stages.model.with.optimizer=adam",
    "stages.model.with.note=a=b",
    "stages.model.with.resume=true",
    "stages.model.ranks=4",
    "stages.model.from=meshes",
    "name=007",
  ]);
  assert.deepEqual(stages.graphs.with, { radius: 0.5, sampling: { nodes: 10 }, cases: [1, 2] });
  assert.deepEqual(stages.model, {
    run: "train",
    from: "meshes",
    ranks: 4,
    with: { optimizer: "adam", note: "a=b", resume: true },
  });
  assert.equal(name, "007");
});

Deno.test("overrideOptions() reads values as the YAML of a batch does", () => {
  const cases: readonly (readonly [string, unknown])[] = [
    [".001", 0.001],
    ["+1e-3", 0.001],
    ["1.e-3", 0.001],
    ["0x1f", 31],
    ["0o17", 15],
    ["True", true],
    ["~", null],
    ["no", "no"],
    ["1_000", "1_000"],
    ["[64, 64]", [64, 64]],
    ["[u, v]", ["u", "v"]],
    ["{ velocity: 1e0, 'a b': [True] }", { velocity: 1, "a b": [true] }],
    ["'12'", "12"],
    ['"a\\tb"', "a\tb"],
    ["data: run #1.zarr", "data: run #1.zarr"],
    ["*x", "*x"],
    ["!5", "!5"],
  ];
  for (const [text, value] of cases) {
    const { stages } = overrideOptions(spec, [`stages.model.with.x=${text}`]);
    assert.deepEqual(stages.model.with?.x, value, text);
    if (typeof value === "string" && text === value) continue;
    assert.deepEqual(parseYaml(`x: ${text}\n`).value, { x: value }, text);
  }
});

Deno.test("overrideOptions() refuses ambiguous, inexact, incomplete and missing values", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["017", /017 must not start with 0, .*; write 17, or 0o17 in octal, or "017" for a text/],
    ["-08", /-08 must not start with 0, .*; write -8, or "-08" for a text/],
    ["12345678901234567890", /must be at most 9007199254740991 to be exact/],
    ["[64, 64", /a complete list, object or text in quotes, as in YAML: flow sequence/],
    ["{ a: *b }", /there is no anchor &b/],
    ["", /it has no value; write path=value/],
    [" ", /it has no value; write path=value/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => overrideOptions(spec, [`stages.model.with.x=${text}`]), message, text);
  }
});

Deno.test("overrideOptions() leaves the given pipeline unchanged", () => {
  const before = structuredClone(spec);
  overrideOptions(spec, ["stages.graphs.with.radius=0.5"]);
  assert.deepEqual(spec, before);
});

Deno.test("overrideOptions() cannot reach a prototype", () => {
  const { stages } = overrideOptions(spec, ["stages.graphs.with.__proto__.polluted=1"]);
  assert.equal(Reflect.get({}, "polluted"), undefined);
  assert.ok(Object.hasOwn(stages.graphs.with ?? {}, "__proto__"));
});

Deno.test("overrideOptions() lists every assignment that it cannot make", () => {
  const assignments = {
    "stages.modle.with.hops=6": /no stage "modle", .* "model"\?/,
    "stages.model.wiht.hops=6": /no property "wiht", .* "with"\?/,
    "stage.model.with.hops=6": /"stage", .* "stages"\?/,
    "stages.model=6": /ends too early; write stages\.<stage>\.with\.<option>=value/,
    "stages.model.with=6": /option is missing; write with\.<option>=value/,
    "stages.model.ranks.two=2": /"ranks" has no properties/,
    "stages.graphs.with.radius.squared=1": /"stages\.graphs\.with\.radius" is 0\.2, /,
    "stages.model.with.hops": /no value; write path=value/,
  };
  assert.throws(() => overrideOptions(spec, Object.keys(assignments)), (error) => {
    assert.ok(error instanceof PipelineError);
    assert.equal(error.message, error.problems.join("\n"));
    for (const [k, [text, problem]] of Object.entries(assignments).entries()) {
      assert.ok(error.problems[k].startsWith(`Cannot set "${text}": `));
      assert.match(error.problems[k], problem);
    }
    return error.problems.length === Object.keys(assignments).length;
  });
});

Deno.test("overrideOptions() merges an object at every depth and replaces arrays", () => {
  const given: PipelineSpec = {
    name: "test",
    stages: {
      graphs: { run: "sample", with: { radius: 0.2, sampling: { nodes: 421, ids: [1, 2] } } },
      model: { run: "train", from: "graphs", permissions: { read: ["a"] } },
    },
  };
  const before = structuredClone(given);
  const { name, stages } = overrideOptions(given, {
    name: "other",
    stages: {
      graphs: { ranks: undefined, with: { radius: undefined, sampling: { ids: [3] }, extra: {} } },
      model: { from: ["meshes", "graphs"], ranks: 2, permissions: { net: ["b"] } },
    },
  });
  assert.equal(name, "other");
  assert.deepEqual(stages.graphs, {
    run: "sample",
    with: { radius: 0.2, sampling: { nodes: 421, ids: [3] }, extra: {} },
  });
  assert.deepEqual(stages.model, {
    run: "train",
    from: ["meshes", "graphs"],
    ranks: 2,
    permissions: { read: ["a"], net: ["b"] },
  });
  assert.deepEqual(given, before);
  for (const nothing of [{}, { stages: {} }, { stages: { model: { with: {} } } }]) {
    assert.deepEqual(overrideOptions(given, nothing), given);
  }
});

Deno.test("overrideOptions() lists every value of an object that it cannot set", () => {
  const overrides: Record<string, unknown> = {
    stage: { model: { ranks: 2 } },
    stages: {
      modle: { with: { hops: 6 } },
      model: { wiht: { hops: 6 }, ranks: { two: 2 }, with: {} },
      graphs: { with: { radius: { squared: 1 } } },
    },
  };
  const problems = [
    'Cannot set "stage.model.ranks": unknown path "stage", did you mean "stages"?',
    'Cannot set "stages.modle.with.hops": no stage "modle", did you mean "model"?',
    'Cannot set "stages.model.wiht.hops": a stage has no property "wiht", did you mean "with"?',
    'Cannot set "stages.model.ranks.two": "ranks" has no properties',
  ];
  assert.throws(
    () => overrideOptions(spec, overrides),
    (error: Error & { problems?: string[] }) => {
      assert.equal(error.name, "PipelineError");
      assert.deepEqual(error.problems!.slice(0, 4), problems);
      assert.match(
        error.problems!.at(-1)!,
        /"stages.graphs.with.radius" is 0.2, which has no properties/,
      );
      return true;
    },
  );
});
