/**
 * The messages of the halo as Arrow record batches between the ranks of a stage.
 *
 * @module
 */

import { RecordBatchTemplate } from "../../io/record_batch.ts";
import type { Peers } from "../engine/definition/stage.ts";
import type { RowMessages } from "../model/halo.ts";

/**
 * Limit of the cached templates, after which they are all dropped: sampled graphs have a new number
 * of ghosts at every step.
 */
const MAX_TEMPLATES = 1024;

/**
 * Halo rows over the channels of a stage: one row per ghost, column `latent` of type
 * fixed_size_list<f32>[width].
 */
export class PeerMessages implements RowMessages {
  readonly #peers: Peers;
  readonly #templates = new Map<string, RecordBatchTemplate>();
  #sentBytes = 0;

  constructor(peers: Peers) {
    this.#peers = peers;
  }

  /** Bytes of all messages sent so far. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  send(rank: number, rows: Float32Array, width: number): Promise<void> {
    const message = this.#template(rows.length / width, width).encode(rows);
    this.#sentBytes += message.byteLength;
    return this.#peers.send(rank, message);
  }

  async receive(rank: number, count: number, width: number): Promise<Float32Array> {
    const batch = await this.#peers.receive(rank);
    const rows = batch.values("latent", "float32");
    if (rows.length !== count * width) {
      throw new TypeError(
        `Cannot receive the halo of rank ${rank}: expected ${count} rows of ${width} values, ` +
          `received ${rows.length} values`,
      );
    }
    return rows;
  }

  #template(rowCount: number, width: number): RecordBatchTemplate {
    const key = `${rowCount}:${width}`;
    let template = this.#templates.get(key);
    if (template === undefined) {
      if (this.#templates.size === MAX_TEMPLATES) this.#templates.clear();
      const schema = {
        name: "halo",
        columns: { latent: { fixedSizeList: "float32", size: width } },
      } as const;
      template = new RecordBatchTemplate(schema, rowCount, "latent");
      this.#templates.set(key, template);
    }
    return template;
  }
}
