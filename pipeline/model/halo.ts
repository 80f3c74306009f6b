/**
 * The halo of a rank: filling ghost rows from their owners, and the exact adjoint.
 *
 * @module
 */

import type { Device, DeviceArray } from "../../kernels/device.ts";
import { addRows, gatherRows } from "../../kernels/ops/rows.ts";
import { Workspace } from "./workspace.ts";

/**
 * Exchange of node rows between a rank and the owners of its ghosts.
 *
 * Both ways a rank first sends, then calls `meanwhile` once, then takes in what has come: work that
 * needs no received row hides the time of the messages there.
 */
export interface HaloExchange {
  /**
   * Overwrites the ghost rows of `values` `[nodes, width]` with the owners' rows; `meanwhile` must
   * leave `values` as they are and not use their ghost rows.
   */
  updateGhosts(values: DeviceArray<"f32">, width: number, meanwhile?: () => void): Promise<void>;
  /**
   * Adds the ghost rows of every rank's `gradients` `[nodes, width]` to the owners' rows, in rank
   * order: the adjoint of `updateGhosts`. The ghost rows must be complete; `meanwhile` may still
   * add to the interior rows. The ghost rows themselves mean nothing afterwards.
   */
  accumulateGhosts(
    gradients: DeviceArray<"f32">,
    width: number,
    meanwhile?: () => void,
  ): Promise<void>;
}

/** Who sends which rows to whom; a `LocalGraph` has it. */
export interface HaloPlan {
  readonly interiorCount: number;
  readonly ghostCount: number;
  /** `[P]` ghosts owned by each rank, in rank order after the interior nodes. */
  readonly ghostCounts: Uint32Array;
  /** `[P]` rows to send to each rank. */
  readonly sendCounts: Uint32Array;
  /** Local numbers of the rows to send, rank by rank. */
  readonly sendNodes: Uint32Array;
}

/** Ordered messages of float32 rows between ranks. */
export interface RowMessages {
  /** Sends `rows` `[count, width]` to `rank`; copies what it keeps. */
  send(rank: number, rows: Float32Array, width: number): Promise<void>;
  /** The next rows `[count, width]` from `rank`. */
  receive(rank: number, count: number, width: number): Promise<Float32Array>;
}

/** The halo of a single rank: there are no ghosts. */
export const NO_HALO: HaloExchange = {
  updateGhosts: exchangeNothing,
  accumulateGhosts: exchangeNothing,
};

// deno-lint-ignore require-await -- a throw of `meanwhile` must reject
async function exchangeNothing(
  _: DeviceArray<"f32">,
  _width: number,
  meanwhile?: () => void,
): Promise<void> {
  meanwhile?.();
}

/** The halo of one rank over ordered messages. */
export class RankHalo implements HaloExchange {
  readonly #workspace: Workspace;
  readonly #messages: RowMessages;
  #plan!: HaloPlan;
  #sendNodes!: DeviceArray<"u32">;
  readonly #device: Device;

  constructor(device: Device, messages: RowMessages) {
    this.#device = device;
    this.#workspace = new Workspace(device);
    this.#messages = messages;
  }

  /** Takes the plan of the next graph. */
  setPlan(plan: HaloPlan): void {
    this.#plan = plan;
    this.#sendNodes = this.#workspace.store("sendNodes", "u32", plan.sendNodes);
  }

  async updateGhosts(
    values: DeviceArray<"f32">,
    width: number,
    meanwhile?: () => void,
  ): Promise<void> {
    const { sendCounts, sendNodes, ghostCounts, interiorCount } = this.#plan;
    const sends: Promise<void>[] = [];
    if (sendNodes.length > 0) {
      const packed = this.#workspace.f32("packed", sendNodes.length * width);
      this.#device.run(
        gatherRows,
        { indices: this.#sendNodes, source: values, rows: packed },
        { rowCount: sendNodes.length, width },
      );
      sends.push(...this.#sendParts(await this.#device.read(packed), sendCounts, width));
    }
    meanwhile?.();
    await Promise.all([
      ...sends,
      this.#receiveParts(ghostCounts, width, (rows, first) => {
        const start = (interiorCount + first) * width;
        this.#device.write(
          values.slice(start, start + rows.length),
          rows as Float32Array<ArrayBuffer>,
        );
      }),
    ]);
  }

  async accumulateGhosts(
    gradients: DeviceArray<"f32">,
    width: number,
    meanwhile?: () => void,
  ): Promise<void> {
    const { sendCounts, ghostCounts, interiorCount, ghostCount } = this.#plan;
    const sends: Promise<void>[] = [];
    if (ghostCount > 0) {
      const ghosts = gradients.slice(interiorCount * width, (interiorCount + ghostCount) * width);
      sends.push(...this.#sendParts(await this.#device.read(ghosts), ghostCounts, width));
    }
    meanwhile?.();
    await Promise.all([
      ...sends,
      this.#receiveParts(sendCounts, width, (rows, first) => {
        const rowCount = rows.length / width;
        this.#device.run(
          addRows,
          {
            indices: this.#sendNodes.slice(first, first + rowCount),
            rows: this.#workspace.store("received", "f32", rows as Float32Array<ArrayBuffer>),
            target: gradients.slice(0, interiorCount * width),
          },
          { rowCount, width },
        );
      }),
    ]);
  }

  /** Sends consecutive parts of `rows` to the ranks with a count above zero. */
  #sendParts(rows: Float32Array, counts: Uint32Array, width: number): Promise<void>[] {
    const sends: Promise<void>[] = [];
    let first = 0;
    counts.forEach((count, rank) => {
      if (count === 0) return;
      sends.push(
        this.#messages.send(rank, rows.subarray(first * width, (first + count) * width), width),
      );
      first += count;
    });
    return sends;
  }

  /**
   * Receives from the ranks with a count above zero, in rank order whatever the order of arrival.
   */
  async #receiveParts(
    counts: Uint32Array,
    width: number,
    take: (rows: Float32Array, first: number) => void,
  ): Promise<void> {
    let first = 0;
    for (let rank = 0; rank < counts.length; rank++) {
      if (counts[rank] === 0) continue;
      take(await this.#messages.receive(rank, counts[rank], width), first);
      first += counts[rank];
    }
  }
}
