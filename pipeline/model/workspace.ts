/**
 * Device arrays that live from step to step: asked for by name, grown when too short, never shrunk.
 *
 * @module
 */

import type { Device, DeviceArray } from "../../kernels/device.ts";
import type { ElementType, HostArray } from "../../kernels/element_types.ts";

/** Named, reusable arrays on one device. */
export class Workspace {
  readonly #arrays = new Map<string, DeviceArray>();

  constructor(readonly device: Device) {}

  /** `length` elements under `name`; the contents are whatever was there before. */
  get<T extends ElementType>(name: string, type: T, length: number): DeviceArray<T> {
    let array = this.#arrays.get(name);
    if (array === undefined || array.length < length) {
      if (array !== undefined) this.device.release(array);
      // An eighth to spare, so that sampled graphs of nearly equal size do not reallocate at every
      // step.
      array = this.device.allocate(type, array === undefined ? length : Math.ceil(length * 1.125));
      this.#arrays.set(name, array);
    }
    return array.slice(0, length) as DeviceArray<T>;
  }

  /** `length` float32 elements under `name`. */
  f32(name: string, length: number): DeviceArray<"f32"> {
    return this.get(name, "f32", length);
  }

  /** The values of `data` under `name`. */
  store<T extends ElementType>(name: string, type: T, data: HostArray<T>): DeviceArray<T> {
    const array = this.get(name, type, data.length);
    this.device.write(array, data);
    return array;
  }

  /** Gives all arrays back to the device. */
  release(): void {
    for (const array of this.#arrays.values()) this.device.release(array);
    this.#arrays.clear();
  }
}
