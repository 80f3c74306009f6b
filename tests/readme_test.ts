import assert from "node:assert/strict";

const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);

for (const name of ["small_darcy", "loss_table"]) {
  Deno.test(`README shows scripts/examples/${name}.ts as it is`, async () => {
    const source = await Deno.readTextFile(
      new URL(`../scripts/examples/${name}.ts`, import.meta.url),
    );
    const code = source.replace(/^\/\*\*[^]*?\*\/\n\n/, "").replace('"../../mod.ts"', '"./mod.ts"');
    assert(blocks.includes(code), `README.md has no code block equal to ${name}.ts`);
  });
}

Deno.test("README names only tasks that there are", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  for (const [, task] of readme.matchAll(/deno(?:@[\d.]+)? task ([\w:]+)/g)) {
    assert(task in tasks, `README.md names the task "${task}", which deno.json does not have`);
  }
});
