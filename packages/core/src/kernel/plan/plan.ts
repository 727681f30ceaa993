import type { ResourceId } from '../../model/identity.js';
import type { Json, JsonObject } from '../../model/json.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { Caller } from '../resources.js';

/** A write whose consequences are asked for, in the words of the write itself. */
export type PlanRequest =
  | { readonly kind: 'create'; readonly body: JsonObject }
  | {
      readonly kind: 'update';
      readonly id: string;
      readonly body: JsonObject;
      readonly generation?: number | undefined;
    }
  | {
      readonly kind: 'remove';
      readonly id: string;
      readonly generation?: number | undefined;
    }
  | {
      readonly kind: 'act';
      readonly id: string;
      readonly action: string;
      readonly input: JsonObject;
      readonly generation?: number | undefined;
    };

/** What a write would lead to outside if nothing else happened meanwhile. A forecast, no promise: it holds nothing. */
export interface Plan {
  /** What the write is about. */
  readonly resource: PlannedResource;
  /** What would change outside, in the order it would happen. */
  readonly steps: readonly PlannedStep[];
  /** What the resources of the plan would still wait for or stumble over after these steps: `network 3: every tag …`. */
  readonly waits: readonly string[];
  /** Whether the world would be as asked after these steps. */
  readonly complete: 'yes' | 'no';
  /** Where the plan ends before its end; absent when it is complete. */
  readonly why?: string;
}

/** A resource of a plan. */
export interface PlannedResource {
  readonly type: string;
  /** Null for one that the plan would make. In words it is called `new-1`, `new-2` … then. */
  readonly id: ResourceId | null;
  readonly name: string | null;
}

/** One change outside. */
export interface PlannedStep {
  readonly resource: PlannedResource;
  /** The object of the resource, as the reconciler calls it: `server`, `file`. */
  readonly part: string;
  /** Whose object it is: `xenserver.servers`. */
  readonly driver: string;
  readonly verb: 'create' | 'update' | 'delete';
  /** What an update changes, from `actual` to `desired`. Of a delete: which one, where several objects carry one key. */
  readonly field?: string;
  readonly desired?: Json;
  readonly actual?: Json;
  /** What the object takes then, where its driver says: of a disk. Nobody else's counts into it. */
  readonly room?: PlannedRoom;
  /** Who wants it: `account 1 asked`, `virtualmachine 7 needs it`. */
  readonly why: string;
}

/** What an object would take, in bytes. */
export interface PlannedRoom {
  /** As guests see it: what it takes at most, in the end. */
  readonly virtualBytes: number;
  /** Where it is kept, right after the step: no less than it will be then. */
  readonly physicalBytes: number;
}

/** Foresees what writes would lead to. */
export interface Plans {
  /** See Resources.plan. */
  plan(caller: Caller, type: ResourceType, request: PlanRequest): Promise<Plan>;
}
