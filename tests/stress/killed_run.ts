/**
 * Runs a pipeline in processes that are killed, each of which resumes the run of the one before.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateDarcyStore } from "../../pipeline/datasets/darcy/darcy_store.ts";
import { denoCommand, pipelineFlags } from "../../scripts/command/task_command.ts";

/**
 * The moment at which a process is killed: after a time, or while it writes a checkpoint, whose
 * number counts from 0.
 */
export type Kill = { readonly milliseconds: number } | { readonly checkpoint: number };

/** Results of a chain of killed processes. */
export interface KilledRun {
  /** Content of the final model file. */
  readonly modelBytes: Uint8Array;
  /** First line that each process printed. */
  readonly starts: readonly string[];
  /** Processes that left a half-written checkpoint. */
  readonly halfWritten: number;
  /** `steps` of `metrics.json`. */
  readonly steps: { readonly total: number; readonly run: number };
}

/** A run that takes seconds. */
export class KillableRun {
  readonly #directory: string;
  readonly #ranks: number;
  #chains = 0;

  /** @param directory Scratch space, also for the data set */
  constructor(directory: string, ranks: number) {
    this.#directory = directory;
    this.#ranks = ranks;
  }

  /** Writes the data set. */
  async prepare(): Promise<void> {
    await generateDarcyStore(join(this.#directory, "darcy.zarr"), {
      count: 8,
      resolution: 13,
      seed: 1,
    });
  }

  /**
   * Kills one process after another, each of which resumes the one before, and lets a last process
   * finish.
   *
   * @throws {Error} If the last one fails.
   */
  async run(kills: readonly Kill[]): Promise<KilledRun> {
    const out = join(this.#directory, `run-${this.#chains++}`);
    const starts: string[] = [];
    let halfWritten = 0;
    for (const kill of kills) {
      starts.push(await this.#runAndKill(out, kill));
      if (namesIn(join(out, "checkpoints")).some((name) => name.endsWith(".partial"))) {
        halfWritten++;
      }
    }
    const { success, stdout, stderr } = await this.#command(out).output();
    const printed = new TextDecoder().decode(stdout);
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    starts.push(firstLine(printed));
    const metrics = JSON.parse(await Deno.readTextFile(join(out, "metrics.json")));
    const modelBytes = await Deno.readFile(join(out, "model.safetensors"));
    await Deno.remove(out, { recursive: true });
    return { modelBytes, starts, halfWritten, steps: metrics.steps };
  }

  async #runAndKill(out: string, kill: Kill): Promise<string> {
    const process = this.#command(out).spawn();
    const printed = new Response(process.stdout).text();
    const complaints = new Response(process.stderr).text();
    const end = () => {
      try {
        process.kill("SIGKILL");
      } catch {
        // It has exited by itself.
      }
    };
    if ("milliseconds" in kill) {
      const timer = setTimeout(end, kill.milliseconds);
      await process.status;
      clearTimeout(timer);
    } else {
      const ended = new AbortController();
      process.status.then(() => ended.abort());
      await checkpointWrite(join(out, "checkpoints"), kill.checkpoint, ended.signal);
      end();
      await process.status;
    }
    await complaints;
    return firstLine(await printed);
  }

  #command(out: string): Deno.Command {
    const settings = [
      "graphs.with.nodes=60",
      "graphs.with.epochs=12",
      "testGraphs.with.nodes=60",
      "model.with.width=8",
      "model.with.hops=2",
      "model.with.kernelHidden=[8]",
    ].flatMap((option) => ["--set", `stages.${option}`]);
    const script = fileURLToPath(new URL("../../scripts/pipeline.ts", import.meta.url));
    return denoCommand({
      args: [
        "run",
        "--no-check",
        ...pipelineFlags(out),
        script,
        "darcy",
        "--store",
        join(this.#directory, "darcy.zarr"),
        "--device",
        "cpu",
        "--out",
        out,
        "--ranks",
        String(this.#ranks),
        "--resume",
        "--no-cache",
        ...settings,
        "--checkpoint-every",
        "3steps",
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }
}

/** Waits until a checkpoint is being written after `count` others, or the signal is aborted. */
async function checkpointWrite(
  directory: string,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const written = new Set<string>();
  while (!signal.aborted) {
    for (const name of namesIn(directory)) {
      if (!name.endsWith(".partial") || !name.includes(".safetensors.")) continue;
      written.add(name);
      if (written.size > count) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

function namesIn(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function firstLine(text: string): string {
  return text.split("\n")[0];
}
