import type { ApplianceFiles } from '../commands/command-runner.js';
import type { NamespaceName } from '../plan/plan-names.js';
import type { ElementGroup } from '../program/element-sets.js';
import type { ObservedElements } from '../program/observed-elements.js';
import {
  afterLoad,
  encodeReadings,
  type MeterReadings,
  NO_READINGS,
  parseReadings,
  withReading,
} from './meter-readings.js';

/** Keeps what networks have carried, a file each, so that it only grows whoever reads. Of one network one call at a time. */
export class NetworkMeters {
  readonly #files: ApplianceFiles;
  readonly #folder: string;
  readonly #known = new Map<NamespaceName, MeterReadings>();

  /** `folder`: it outlives the machine's power, as usage does. */
  constructor(files: ApplianceFiles, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** Adds a reading, and returns all there is. */
  async add(
    namespace: NamespaceName,
    observed: ObservedElements,
    groups: readonly ElementGroup[],
    others: 'kept' | 'forgotten',
  ): Promise<MeterReadings> {
    const before = await this.#read(namespace);
    return this.#keep(namespace, withReading(before, observed, groups, others));
  }

  /** The kernel's counts have begun anew. */
  async loaded(namespace: NamespaceName): Promise<void> {
    const before = await this.#read(namespace);
    if (before.elements.size > 0) await this.#keep(namespace, afterLoad(before));
  }

  /** The network is no more. */
  async forget(namespace: NamespaceName): Promise<void> {
    this.#known.delete(namespace);
    await this.#files.remove(this.#path(namespace));
  }

  async #read(namespace: NamespaceName): Promise<MeterReadings> {
    const known = this.#known.get(namespace);
    if (known !== undefined) return known;
    const text = await this.#files.read(this.#path(namespace));
    return text === undefined ? NO_READINGS : parseReadings(text);
  }

  // On disk first: what was told must not be told smaller by the next.
  async #keep(namespace: NamespaceName, readings: MeterReadings): Promise<MeterReadings> {
    await this.#files.write(this.#path(namespace), encodeReadings(readings));
    this.#known.set(namespace, readings);
    return readings;
  }

  #path(namespace: NamespaceName): string {
    return `${this.#folder}/${namespace}.json`;
  }
}
