import { z } from "zod";
import { defineStage } from "../../../pipeline/engine/definition/stage.ts";

const [passwd, remote] = ["file:///etc/passwd", "https://127.0.0.1:"];

/** Says of everything that it tries what came of it, in `NAME.json` in the directory of the run. */
export default defineStage({
  name: "spy",
  description: "Tries what a stage has no business with.",
  options: z.strictObject({
    port: z.int(),
    secret: z.string(),
    other: z.string(),
    loot: z.string(),
  }),
  inputs: [],
  async run({ options: { port, secret, other, loot }, name, directory }) {
    const attempts: Readonly<Record<string, () => unknown>> = {
      "read a secret": () => Deno.readTextFile(secret),
      "read another file": () => Deno.readTextFile(other),
      "import a text": () => import(passwd, { with: { type: "text" } }),
      "import a module from a host": () => import(`${remote}${port}/module.ts`),
      "fetch": async () => await (await fetch(`http://127.0.0.1:${port}/`)).text(),
      "write": () => Deno.writeTextFile(loot, "loot"),
      "write beside": () => Deno.writeTextFile(`${loot}.more`, "loot"),
      "make a link": () => Deno.symlink("/etc", `${directory}/link`),
      "run": () => new Deno.Command("true").output(),
      "environment": () => Deno.env.get("HOME"),
      "other environment": () => Deno.env.get("PATH"),
      "a worker of its own": () =>
        inWorker(`import text from "${passwd}" with { type: "text" }; postMessage(text)`),
      "the file system of Node": async () => (await import("node:fs")).readFileSync("/etc/passwd"),
      "its own directory": () => Deno.writeTextFile(`${directory}/own`, "own"),
    };
    const results: Record<string, string> = {};
    for (const [what, attempt] of Object.entries(attempts)) {
      try {
        await attempt();
        results[what] = "done";
      } catch (error) {
        results[what] = String(error).split("\n")[0];
      }
    }
    await Deno.writeTextFile(`${directory}/${name}.json`, JSON.stringify(results));
  },
});

/** Message of a worker that runs this code. */
function inWorker(code: string): Promise<unknown> {
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(code)}`, { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
  });
}
