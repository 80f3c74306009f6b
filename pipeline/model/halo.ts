/**
 * The halo exchange of a rank: ghost rows are filled from their owners; the adjoint is exact.
 *
 * @module
 */

import type { Device, DeviceArray } from "../../kernels/device.ts";
import { addRows, gatherRows } from "../../kernels/ops/rows.ts";
import { Workspace } from "./workspace.ts";

/**
 * Exchange of node rows between a rank and the owners of its ghosts.
 *
 * In both directions a rank sends, calls `meanwhile` once, and then receives: work that needs no
 * received row overlaps with the communication.
 */
export interface HaloExchange {
  /**
   * Overwrites the ghost rows of `values` `[nodes, width]` with the owners' rows; `meanwhile` must
   * neither change `values` nor read the ghost rows.
   */
  updateGhosts(values: DeviceArray<"f32">, width: number, meanwhile?: () => void): Promise<void>;
  /**
   * Adds the ghost rows of every rank's `gradients` `[nodes, width]` to the owners' rows, in rank
   * order: the adjoint of `updateGhosts`. The ghost rows must be complete; `meanwhile` may still
   * add to the interior rows. Afterwards the values of the ghost rows are arbitrary.
   */
  accumulateGhosts(
    gradients: DeviceArray<"f32">,
    width: number,
    meanwhile?: () => void,
  ): Promise<void>;
}

/** Rows that a rank exchanges with each other rank; every `LocalGraph` is a plan. */
export interface HaloPlan {
  readonly interiorCount: number;
  readonly ghostCount: number;
  /**
   * The number of ghosts owned by each rank `[P]`; they follow the interior nodes in rank order.
   */
  readonly ghostCounts: Uint32Array;
  /** The number of rows to send to each rank `[P]`. */
  readonly sendCounts: Uint32Array;
  /** Local numbers of the rows to send, by receiving rank. */
  readonly sendNodes: Uint32Array;
}

/** Ordered messages of float32 rows between ranks. */
export interface RowMessages {
  /** Sends `rows` `[count, width]` to `rank`; `rows` may be reused as soon as this returns. */
  send(rank: number, rows: Float32Array, width: number): Promise<void>;
  /** The next rows `[count, width]` from `rank`. */
  receive(rank: number, count: number, width: number): Promise<Float32Array>;
}

/** The halo of a single rank, which has no ghosts. */
export const NO_HALO: HaloExchange = {
  updateGhosts: exchangeNothing,
  accumulateGhosts: exchangeNothing,
};

// deno-lint-ignore require-await -- an error of `meanwhile` must reject
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

  /** Sets the plan of the next graph. */
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

  /** Sends consecutive parts of `rows` to the ranks with a positive count. */
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

  /** Receives from the ranks with a positive count, in rank order whatever the order of arrival. */
  async #receiveParts(
    counts: Uint32Array,
    width: number,
    onRows: (rows: Float32Array, first: number) => void,
  ): Promise<void> {
    let first = 0;
    for (let rank = 0; rank < counts.length; rank++) {
      if (counts[rank] === 0) continue;
      onRows(await this.#messages.receive(rank, counts[rank], width), first);
      first += counts[rank];
    }
  }
}
