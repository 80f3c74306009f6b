/**
 * The state of a run in one line.
 *
 * @module
 */

import { formatBytes, formatNumber, formatPercent } from "../../format.ts";
import type { RunEvent } from "../../pipeline/engine/workers/run_report.ts";
import { SmoothedLoss } from "../../pipeline/monitoring/smoothed_loss.ts";

/** Characters of a sparkline, from low to high. */
const SPARKS = "▁▂▃▄▅▆▇█";

/** Points of the sparkline, each the smoothed loss after a share of the steps. */
const SPARK_COUNT = 12;

interface StageProgress {
  readonly done: number;
  readonly total: number;
  /** Time of its first progress. */
  readonly start: number;
}

/** Collects what a line shows of a run. */
export class RunStatus {
  readonly #smoothed = new SmoothedLoss();
  /** Smoothed losses after equal shares of the steps. */
  readonly #losses: number[] = [];
  #seconds = 0;
  #loss: number | undefined;
  #validation: { readonly last: number; readonly best: number } | undefined;
  readonly #stages = new Map<string, StageProgress>();
  /** Name of the stage that trains, once it has taken a step, and of the last one at work. */
  #training: string | undefined;
  #last: string | undefined;

  /** Takes an event of the run into account. */
  record(event: RunEvent): void {
    this.#seconds = Math.max(this.#seconds, event.seconds);
    if (event.rank !== 0) return;
    if (event.type === "progress") {
      const { done, total } = event.progress;
      const start = this.#stages.get(event.stage)?.start ?? event.seconds;
      this.#stages.set(event.stage, { done, total, start });
      this.#last = event.stage;
    }
    if (event.type !== "record") return;
    const { kind, values } = event.entry;
    if (kind === "step") {
      this.#training = event.stage;
      this.#addStep(Number(values.epoch), Number(values.loss));
    }
    if (kind === "validation" && typeof values.relativeL2 === "number") {
      const last = values.relativeL2;
      const best = Math.min(last, this.#validation?.best ?? Infinity);
      this.#validation = { last, best };
    }
  }

  /**
   * The line, with as many figures as fit.
   *
   * @param width Columns of the terminal
   * @param memoryBytes Resident memory of the process
   */
  text(width: number, memoryBytes: number): string {
    const stage = this.#shownStage();
    const parts = [
      `${stage ?? "start"} ${clock(this.#seconds)}`,
      this.#leftText(stage),
      this.#loss === undefined ? undefined : `loss ${formatNumber(this.#loss)}`,
      this.#validationText(),
      formatBytes(memoryBytes),
      this.#losses.length < 2 ? undefined : sparkline(this.#losses),
    ].filter((part) => part !== undefined);
    let line = "";
    for (const part of parts) {
      const longer = line === "" ? part : `${line} · ${part}`;
      if (longer.length <= width) line = longer;
    }
    return line.slice(0, width);
  }

  #addStep(epoch: number, loss: number): void {
    this.#loss = this.#smoothed.add(epoch, loss);
    const { done = 0, total = 1 } = this.#stages.get(this.#training ?? "") ?? {};
    const place = Math.min(SPARK_COUNT - 1, Math.floor(SPARK_COUNT * done / total));
    if (place >= this.#losses.length) this.#losses.push(this.#loss);
    else this.#losses[this.#losses.length - 1] = this.#loss;
  }

  /** The training while it lasts, otherwise the last stage at work. */
  #shownStage(): string | undefined {
    const training = this.#stages.get(this.#training ?? "");
    return training !== undefined && training.done < training.total ? this.#training : this.#last;
  }

  /** Time left of a stage, at its mean rate so far. */
  #leftText(stage: string | undefined): string | undefined {
    const { done = 0, total = 0, start = 0 } = this.#stages.get(stage ?? "") ?? {};
    const seconds = this.#seconds - start;
    if (done === 0 || done >= total || !(seconds > 0)) return undefined;
    return `${clock(seconds * (total - done) / done)} left`;
  }

  #validationText(): string | undefined {
    if (this.#validation === undefined) return undefined;
    const { last, best } = this.#validation;
    const text = `validation ${formatPercent(last)}`;
    return best < last ? `${text}, best ${formatPercent(best)}` : text;
  }
}

/** Losses as characters of eight heights, on a logarithmic axis. */
export function sparkline(losses: readonly number[]): string {
  const heights = losses.map((loss) => Math.log(Math.max(loss, Number.MIN_VALUE)));
  const low = Math.min(...heights);
  const range = Math.max(...heights) - low;
  return heights.map((height) => {
    const share = range > 0 ? (height - low) / range : 0;
    return SPARKS[Math.round(share * (SPARKS.length - 1))];
  }).join("");
}

/** A time such as `2:05`, or `1:02:05`. */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] > 0 ? parts : parts.slice(1);
  return shown.map((part, k) => k === 0 ? String(part) : String(part).padStart(2, "0")).join(":");
}
