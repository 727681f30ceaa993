import {
  asExternalId,
  type Driver,
  type DuplicateObject,
  type ExternalId,
  type ObjectKey,
  type ResourceUuid,
} from '@gdcloud/core';
import type { WidgetState } from './widgets.js';

/** One object outside. */
export interface Twin {
  readonly external: ExternalId;
  readonly uuid: ResourceUuid;
  readonly used: DuplicateObject['used'];
  size: number;
}

/** A backend in which several objects may carry one key, as one that stamps its objects can come to have. */
export class Twins implements Driver<WidgetState, WidgetState> {
  readonly name = 'memory.twins';
  readonly traits: Driver<WidgetState, WidgetState>['traits'];
  /** In the order in which the driver would pick one. */
  readonly objects: Twin[] = [];
  /** What was deleted, in order. */
  readonly deleted: string[] = [];

  constructor(dataBearing: 'yes' | 'no') {
    this.traits = {
      identity: 'stamped',
      fencing: 'none',
      dataBearing: dataBearing === 'yes',
    };
  }

  /** Puts one more object under a key. */
  add(uuid: ResourceUuid, external: string, used: Twin['used']): void {
    this.objects.push({ external: asExternalId(external), uuid, used, size: 1 });
  }

  observe: Driver<WidgetState, WidgetState>['observe'] = async (key, desired) => {
    const all = this.#under(key);
    // Like a real one: what is known by name is not searched for.
    const known = all.find(({ external }) => external === key.external);
    const [picked, ...others] = known === undefined ? all : [known];
    if (picked === undefined) return { presence: 'absent' };
    const { external, size } = picked;
    return {
      presence: 'present',
      external,
      actual: { size },
      changes:
        desired === undefined || desired.size === size
          ? []
          : [{ field: 'size', desired: desired.size, actual: size }],
      duplicates: others.map((other) => ({ external: other.external, used: other.used })),
    };
  };

  create: Driver<WidgetState, WidgetState>['create'] = async (key) => {
    const external = asExternalId(`made-${this.objects.length}`);
    this.objects.push({ external, uuid: key.uuid, used: 'maybe', size: 1 });
    return { external, settled: true };
  };

  update: Driver<WidgetState, WidgetState>['update'] = async (key, desired) => {
    for (const object of this.#under(key)) object.size = desired.size;
    return { settled: true };
  };

  delete: Driver<WidgetState, WidgetState>['delete'] = async (key) => {
    const index = this.objects.findIndex(
      ({ uuid, external }) =>
        uuid === key.uuid && (key.external === undefined || key.external === external),
    );
    const [gone] = index === -1 ? [] : this.objects.splice(index, 1);
    if (gone !== undefined) this.deleted.push(gone.external);
    return { external: gone?.external, settled: true };
  };

  list: Driver<WidgetState, WidgetState>['list'] = async () => ({
    objects: this.objects.map(({ external, uuid }) => ({ external, uuid, epoch: 1 })),
  });

  #under(key: ObjectKey): readonly Twin[] {
    return this.objects.filter(({ uuid }) => uuid === key.uuid);
  }
}
