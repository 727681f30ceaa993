import { asUuid, type Random } from '@gdcloud/core';
import type { MemoryDisk } from '@gdcloud/core/testing';

// In the reserved part of the footer at the end, which a hypervisor too overwrites: the file takes no more room by it.
const BEFORE_END = 128;
const PATTERN_BYTES = 64;

/** Whose names a disk's file may have. */
export interface Places {
  readonly disk: MemoryDisk;
  /** Where the share is now, mounted or not. */
  share(): string;
}

/**
 * Those who use the disks, behind the driver's back: each disk that the driver called ready has something written into
 * it, which has to be there until the disk is asked to go.
 */
export class Guests {
  readonly #places: Places;
  readonly #random: Random;
  readonly #written = new Map<string, Uint8Array>();
  readonly #released = new Set<string>();
  readonly #gone = new Set<string>();

  constructor(places: Places, random: Random) {
    this.#places = places;
    this.#random = random;
  }

  /** The driver says that the disk is ready: somebody writes to it. */
  use(uuid: string): void {
    if (this.#written.has(uuid) || this.#released.has(uuid)) return;
    const { disk } = this.#places;
    const [path] = this.#pathsOf(uuid);
    if (path === undefined) throw new Error(`${uuid} is called ready and is not on the share`);
    const pattern = this.#random.bytes(PATTERN_BYTES);
    const file = disk.open(path, 'write');
    file.writeAt(pattern, file.status().sizeBytes - BEFORE_END);
    file.sync();
    file.close();
    this.#written.set(uuid, pattern);
  }

  /** Somebody who may do so has asked for the disk to go. */
  release(uuid: string): void {
    this.#released.add(uuid);
    this.#written.delete(uuid);
  }

  /** The driver says that nothing is left of a disk that was to go. */
  takeLeave(uuid: string): void {
    this.#gone.add(uuid);
  }

  /** The disk is made, by whomever. */
  expect(uuid: string): void {
    this.#gone.delete(uuid);
  }

  /** Throws when something that was written is not there any more, or a disk that had gone is. */
  demandData(): void {
    for (const uuid of this.#gone) {
      const [path] = this.#pathsOf(uuid);
      if (path !== undefined) throw new Error(`${path} is there again after it had gone`);
    }
    for (const [uuid, pattern] of this.#written) {
      const paths = this.#pathsOf(uuid);
      if (paths.length === 0) throw new Error(`${uuid} was in use and is lost`);
      for (const path of paths) {
        const file = this.#places.disk.open(path);
        const found = new Uint8Array(PATTERN_BYTES);
        file.readAt(found, file.status().sizeBytes - BEFORE_END);
        file.close();
        if (!Buffer.from(found).equals(pattern)) throw new Error(`${path} lost what was in it`);
      }
    }
  }

  #pathsOf(uuid: string): readonly string[] {
    const { disk } = this.#places;
    const share = this.#places.share();
    const name = `${asUuid(uuid)}.vhd`;
    return [`${share}/${name}`, `${share}/.gdcloud/quarantine/${name}`].filter(
      (path) => disk.status(path) !== undefined,
    );
  }
}
