import { AUDIT_RECORD } from '../model/audit-record.js';
import { RequestError } from '../model/errors.js';
import type { JsonObject } from '../model/json.js';
import type { TypeRegistry } from '../model/registry.js';
import type { Resource } from '../model/resource.js';
import type { ActionDeclaration, ActionTools, ResourceType } from '../model/resource-type.js';
import type { Clock } from '../ports/clock.js';
import type { Store } from '../ports/store.js';
import { mayDecide, mayDo, owns, permit, scopeOf } from './access.js';
import type { Admission } from './admission.js';
import {
  type BuiltInName,
  decided,
  isBuiltIn,
  needsAsking,
  repairsOffered,
} from './built-in-actions.js';
import type { Creations } from './creations.js';
import type { Credentials } from './credentials.js';
import type { ChangeRequest, DesiredChanges } from './desired-changes.js';
import { demandGeneration } from './generation.js';
import type { Questions } from './questions.js';
import type { ReferenceResolver } from './reference-resolver.js';
import type { RequestRecord } from './request-records.js';
import type { Acted, Caller } from './resources.js';
import type { TypeValidators } from './type-validators.js';

/** What actions are carried out with. */
export interface ActionsOptions {
  readonly types: TypeRegistry;
  readonly store: Pick<Store, 'wake' | 'note'>;
  readonly clock: Clock;
  readonly credentials: Credentials;
  readonly admission: Admission;
  readonly validators: TypeValidators;
  readonly questions: Questions;
  readonly references: ReferenceResolver;
  readonly creations: Creations;
  readonly changes: DesiredChanges;
  /** See Resources.get. */
  get(caller: Caller, type: ResourceType, id: string): Promise<Resource>;
}

/** An action that is asked of a resource. */
export interface ActionRequest {
  readonly caller: Caller;
  readonly type: ResourceType;
  readonly id: string;
  readonly action: string;
  readonly input: JsonObject;
  readonly generation?: number | undefined;
  readonly record: RequestRecord;
}

/** The actions that whoever may read a resource may ask of it. */
const READER_ACTIONS: readonly string[] = ['reconcile', 'explain'];

/** What can be asked of resources beyond writing fields: what types declare, and what all have. */
export class Actions {
  readonly #options: ActionsOptions;

  constructor(options: ActionsOptions) {
    this.#options = options;
  }

  /** See Resources.actions. */
  possible(caller: Caller, type: ResourceType, resource: Resource): readonly string[] {
    if (resource.removed !== null || type.id === AUDIT_RECORD) return [];
    if (!owns(caller, resource)) return READER_ACTIONS;
    // Asked of every resource that is shown.
    const possible: string[] = [];
    if (resource.deleteRequestedAt === null && mayDo(caller, type, 'act')) {
      for (const name in type.actions) {
        const action = type.actions[name];
        if (action === undefined || !isFor(caller, action) || !this.#opens(caller, action))
          continue;
        if (action.available(resource)) possible.push(name);
      }
    }
    possible.push(...this.#options.questions.possible(caller, type, resource));
    if (mayDecide(caller, type)) possible.push(...repairsOffered(resource));
    possible.push(...READER_ACTIONS);
    return possible;
  }

  /** See Resources.act. Throws AskedBefore as the store does. */
  async act(request: ActionRequest): Promise<Acted> {
    const { caller, type, action } = request;
    permit(caller, type, 'read');
    if (type.id === AUDIT_RECORD) throw notPossible(action);
    const declared = Object.hasOwn(type.actions, action) ? type.actions[action] : undefined;
    if (declared !== undefined) return this.#declared(request, declared);
    if (isBuiltIn(action)) return this.#builtIn(request, action);
    throw new RequestError('InvalidAction', `${type.id} has no action ${action}`, {
      fieldName: 'action',
    });
  }

  async #declared(request: ActionRequest, declared: ActionDeclaration): Promise<Acted> {
    const { caller, type, action, input, record } = request;
    permit(caller, type, 'act');
    if (!isFor(caller, declared))
      throw new RequestError('PermissionDenied', `${action} is for administrators`);
    const { asksFor } = declared;
    const wanted = asksFor === undefined ? undefined : this.#options.types.get(asksFor.type);
    if (wanted !== undefined) permit(caller, wanted, 'create');
    const taken = this.#options.validators.of(type).actions.get(action)?.parse(input) ?? {};
    const change: ChangeRequest = {
      ...request,
      what: action,
      // What it asks for besides is the last it does: with that it is carried out.
      record: wanted === undefined ? record : undefined,
    };
    let once: JsonObject | undefined;
    const resource = await this.#options.changes.change(change, 'act', async (before) => {
      if (!this.possible(caller, type, before).includes(action))
        throw notPossible(action, whyNot(declared, before));
      const { references } = this.#options;
      const resolved = await references.resolve(scopeOf(caller), declared.input, taken);
      const generated = await declared.generate?.(before, resolved.spec, this.#toolsFor(caller));
      once = generated?.once;
      return { ...(declared.apply(before, resolved.spec) as JsonObject), ...generated?.spec };
    });
    if (asksFor !== undefined && wanted !== undefined) {
      const owner = { ...caller, account: resource.account };
      const onRecord = record.unchanged(type, resource);
      await this.#options.creations.create(owner, wanted, asksFor.body(resource, taken), {
        made: () => onRecord,
        found: () => onRecord,
      });
    }
    return once === undefined ? resource : { ...resource, once };
  }

  async #builtIn(request: ActionRequest, action: BuiltInName): Promise<Resource> {
    const { caller, type, id, input } = request;
    if (action === 'explain')
      throw new RequestError('InvalidAction', 'explain changes nothing: ask for an explanation', {
        fieldName: 'action',
      });
    const change: ChangeRequest = { ...request, what: action };
    if (action === 'reconcile') {
      const resource = await this.#options.get(caller, type, id);
      // Whoever may only read it may have it looked at, and changes nothing by that.
      const mayAsk = owns(caller, resource) && mayDecide(caller, type);
      if (!mayAsk || !needsAsking(resource)) return this.#reconcileNow(request, resource);
      return this.#options.changes.write(change, async (before) =>
        needsAsking(before) ? { change: {}, result: 'asked for again' } : undefined,
      );
    }
    if (!mayDecide(caller, type))
      throw new RequestError('PermissionDenied', `this key may not act on a ${type.id}`);
    return this.#options.changes.write(change, async (before) => {
      const repair = decided(before, action, input);
      if (repair === undefined) return undefined;
      const operation = 'act';
      await this.#options.admission.validate({ operation, caller, type, before, desired: {} });
      return { change: repair, result: JSON.stringify(repair.repairs?.at(-1)) };
    });
  }

  // What an action asks for must be the caller's to ask for as well.
  #opens(caller: Caller, { asksFor }: ActionDeclaration): boolean {
    return asksFor === undefined || mayDo(caller, this.#options.types.get(asksFor.type), 'create');
  }

  #toolsFor({ kind }: Caller): ActionTools {
    const { credentials, clock } = this.#options;
    const by = kind === 'admin' ? 'administrator' : 'user';
    return credentials.toolsFor({ by, now: clock.now() });
  }

  async #reconcileNow(request: ActionRequest, resource: Resource): Promise<Resource> {
    const { caller, type, generation, record } = request;
    const { store, clock, changes } = this.#options;
    demandGeneration(resource, generation);
    await store.note(record.unchanged(type, resource));
    if (resource.removed !== null) return resource;
    // A hint, not a wish: one that is lost costs time only, so it need not be one with the record.
    await store.wake(resource.uuid, clock.now());
    changes.hint(resource, caller.trace);
    return resource;
  }
}

function isFor({ kind }: Caller, { by }: ActionDeclaration): boolean {
  return by === undefined || kind === 'admin';
}

function whyNot(declared: ActionDeclaration, resource: Resource): string | undefined {
  const goes = resource.deleteRequestedAt !== null || resource.removed !== null;
  return goes ? undefined : declared.whyNot?.(resource);
}

function notPossible(action: string, why?: string): RequestError {
  const message = `${action} is not possible now${why === undefined ? '' : `: ${why}`}`;
  return new RequestError('ActionNotAvailable', message, { fieldName: 'action' });
}
