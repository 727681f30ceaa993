import type { ResourceUuid } from '../../model/identity.js';
import type { Json, JsonObject } from '../../model/json.js';

/** Something a user asks for. */
export interface Wish {
  readonly what: 'create' | 'update' | 'act' | 'remove';
  readonly uuid: ResourceUuid;
  readonly type: string;
  readonly account: ResourceUuid;
  /** The desired fields it is to change, with the values they are to have; `null` stands for any value. */
  readonly fields: JsonObject;
}

/** What users asked for: sent, acknowledged, or lost on the way, which may mean either. The judge of what is kept and what is made up. */
export class Wishes {
  readonly #sent: Wish[] = [];
  readonly #acknowledged: Wish[] = [];
  readonly #pending: Wish[] = [];

  /** A request leaves a user. From now on it may be carried out at any time, even if nobody answers. */
  send(wish: Wish): void {
    this.#sent.push(wish);
  }

  /** The user has waited long enough and asks again: the process that stood still may carry it out after all, after what comes later. */
  giveUp(wish: Wish): void {
    this.#pending.push(wish);
  }

  /** Whether something that a user has given up may have come late, so that the order of wishes is not known. */
  get mayComeLate(): 'yes' | 'no' {
    return this.#pending.length > 0 ? 'yes' : 'no';
  }

  /** The user was told that it is taken on. */
  acknowledge(wish: Wish): void {
    this.#acknowledged.push(wish);
  }

  /** Whether somebody ever asked that a field have a value. */
  asked(uuid: ResourceUuid, field: string, value: Json): boolean {
    return this.#sent.some(
      (wish) =>
        wish.uuid === uuid &&
        Object.hasOwn(wish.fields, field) &&
        (wish.fields[field] === null || wish.fields[field] === value),
    );
  }

  /** Whether somebody asked for a resource's removal. */
  removalAsked(uuid: ResourceUuid): boolean {
    return this.#sent.some((wish) => wish.uuid === uuid && wish.what === 'remove');
  }

  /** What has been taken on, the oldest first. */
  get acknowledged(): readonly Wish[] {
    return this.#acknowledged;
  }

  /** The value of a field that was taken on last; undefined when none was, or what came after it may have been carried out. */
  promised(uuid: ResourceUuid, field: string): Json | undefined {
    const last = this.#acknowledged.findLast(
      (wish) => wish.uuid === uuid && Object.hasOwn(wish.fields, field),
    );
    if (last === undefined || last.fields[field] === null) return undefined;
    const others = this.#pending.filter((wish) => wish.fields[field] !== last.fields[field]);
    const later = [...this.#sent.slice(this.#sent.indexOf(last) + 1), ...others];
    return later.some((wish) => wish.uuid === uuid && Object.hasOwn(wish.fields, field))
      ? undefined
      : last.fields[field];
  }
}
