import assert from "node:assert/strict";
import { parseYaml } from "../../io/yaml.ts";

/** Problems as `line:column message`. */
function problemsOf(text: string): readonly string[] {
  return parseYaml(text).problems.map(({ place: { line, column }, message }) =>
    `${line}:${column} ${message}`
  );
}

Deno.test("parseYaml() gives the place of every part, also in flow, quotes and aliases", () => {
  const text = [
    "# a comment",
    "defaults: &base { preset: darcy, set: { stages.model.with.hops: 2 } }",
    "jobs:",
    "  - name: 'a'",
    "    seed:",
    "  - *base",
  ].join("\n");
  const { value, placeOf } = parseYaml(text);
  const base = { preset: "darcy", set: { "stages.model.with.hops": 2 } };
  assert.deepEqual(value, { defaults: base, jobs: [{ name: "a", seed: null }, base] });
  const places = [
    [["defaults", "preset"], "value", 2, 27],
    [["defaults", "preset"], "key", 2, 19],
    [["defaults", "set", "stages.model.with.hops"], "value", 2, 65],
    [["jobs", 0, "name"], "value", 4, 11],
    [["jobs", 0], "value", 4, 5],
    [["jobs", 1], "value", 6, 5],
    [["jobs", 1, "preset"], "value", 2, 27],
    // A missing part has the place of its parent.
    [["jobs", 0, "retries"], "value", 4, 5],
    [["jobs", 7], "value", 4, 3],
    [["nothing"], "value", 2, 1],
  ] as const;
  for (const [path, part, line, column] of places) {
    assert.deepEqual(placeOf(path, part), { line, column }, path.join("."));
  }
});

Deno.test("parseYaml() refuses texts that are not one YAML document, with the place", () => {
  const cases = [
    ["a: 1\nb: 2\na: 3\n", "3:1 map keys must be unique"],
    ["a:\n\t- b\n", "2:1 tabs are not allowed as indentation"],
    [
      "a: [1, 2\n",
      "2:1 flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    ["a: 1\n--- \nb: 2\n", "2:1 there must be one document: a second one starts here"],
    ["a: !python/object x\n", "1:4 unresolved tag: !python/object"],
    ["a: 1\nb: *base\n", "2:4 there is no anchor &base before it"],
    ["a: b: c\n", "1:4 nested mappings are not allowed in compact mappings"],
  ] as const;
  for (const [text, problem] of cases) assert.equal(problemsOf(text)[0], problem);
});

Deno.test("parseYaml() merges maps by <<, and own keys win", () => {
  const text = [
    "jobs:",
    "  - &base { preset: darcy, seed: 1 }",
    "  - { name: b, <<: *base, seed: 2 }",
    "  - <<: [*base, { preset: step3d, device: cpu }]",
  ];
  const { value, problems, placeOf } = parseYaml(text.join("\n"));
  assert.deepEqual(problems, []);
  assert.deepEqual(value, {
    jobs: [
      { preset: "darcy", seed: 1 },
      { name: "b", preset: "darcy", seed: 2 },
      { preset: "darcy", seed: 1, device: "cpu" },
    ],
  });
  assert.deepEqual(placeOf(["jobs", 1, "preset"]), { line: 3, column: 5 });
  assert.match(problemsOf("- <<: 3\n")[0], /merge sources must be maps/i);
  assert.match(problemsOf("- <<: *base\n")[0], /there is no anchor &base/);
});

Deno.test("parseYaml() refuses numbers that programs read differently", () => {
  assert.match(problemsOf("a: 1\nb: [010]\n")[0], /^2:5 the number 010 .* write 10, or 0o10/);
  assert.match(problemsOf("a: 9007199254740993\n")[0], /^1:4 the integer 9007199254740993 /);
  assert.deepEqual(problemsOf("a: ['010', 0, -0, 0.5, 00:10, 0o10]\n"), []);
});

Deno.test("parseYaml() terminates on hostile text", () => {
  const depth = 20_000;
  assert.match(problemsOf("[".repeat(depth))[0], /it is nested too deeply$/);
  const laughs = Array.from(
    { length: 9 },
    (_, k) => `a${k + 1}: &a${k + 1} [${`*a${k},`.repeat(9)}]\n`,
  );
  assert.match(problemsOf(`a0: &a0 [x]\n${laughs.join("")}`)[0], /Excessive alias count/);
  assert.deepEqual(Object.keys(parseYaml("__proto__: { polluted: 1 }\n").value as object), [
    "__proto__",
  ]);
  assert.equal(Reflect.get({}, "polluted"), undefined);
});
