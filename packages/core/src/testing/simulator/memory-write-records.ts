import {
  type AuditRecord,
  auditResource,
  CHAIN_START,
  type ChainPlace,
} from '../../model/audit-record.js';
import { AskedBefore } from '../../model/errors.js';
import type { ResourceId, ResourceUuid } from '../../model/identity.js';
import type { Resource } from '../../model/resource.js';
import type { KeyedRequest, NewSeal, OnRecord } from '../../ports/write-records.js';
import { compareText } from './sql-order.js';
import { asStored } from './stored-json.js';

/** Requests that were carried out, and the audit log, in memory. */
export class MemoryWriteRecords {
  readonly #requests = new Map<string, KeyedRequest>();
  readonly #audit = new Map<ResourceUuid, AuditRecord>();
  readonly #heads = new Map<ResourceUuid, ChainPlace>();

  /** Takes over what another table remembers. */
  takeOver(other: MemoryWriteRecords): void {
    for (const [key, request] of other.#requests) this.#requests.set(key, request);
    for (const [uuid, record] of other.#audit) this.#audit.set(uuid, record);
    for (const [account, head] of other.#heads) this.#heads.set(account, head);
  }

  /** Throws AskedBefore where a request must not be carried out again. */
  demandNew(onRecord: OnRecord | undefined): void {
    const { request } = onRecord ?? {};
    const known = request && this.#requests.get(nameOf(request));
    if (known !== undefined) throw new AskedBefore(known);
  }

  /** Adds what {@link demandNew} let pass; `drawn` is the friendly id of the row that is inserted with it. */
  add({ request, audit }: OnRecord = {}, drawn?: ResourceId): void {
    if (request !== undefined) this.#requests.set(nameOf(request), asStored(request));
    if (audit === undefined) return;
    const { uuid, account, document, mac } = audit;
    const resourceId = document.resourceId ?? drawn;
    if (resourceId === undefined) throw new TypeError('the record names no resource');
    this.#audit.set(uuid, {
      uuid,
      account,
      document: asStored({ ...document, resourceId }),
      mac,
      seal: null,
    });
  }

  note(onRecord: OnRecord): void {
    this.demandNew(onRecord);
    this.add(onRecord);
  }

  carriedOut(account: ResourceUuid, key: string): KeyedRequest | undefined {
    return this.#requests.get(nameOf({ account, key }));
  }

  forgetRequests(before: number): number {
    const old = [...this.#requests].filter(([, { at }]) => at < before);
    for (const [name] of old) this.#requests.delete(name);
    return old.length;
  }

  /** All records, oldest first. */
  records(): readonly AuditRecord[] {
    return [...this.#audit.values()].sort((left, right) => compareText(left.uuid, right.uuid));
  }

  /** A record as a resource. */
  find(id: string): Resource | undefined {
    const record = this.records().find(({ uuid }) => uuid === id);
    return record && auditResource(record);
  }

  unsealed(limit: number): readonly AuditRecord[] {
    return this.records()
      .filter(({ seal }) => seal === null)
      .slice(0, limit);
  }

  unsealedOf(account: ResourceUuid, limit: number): readonly AuditRecord[] {
    return this.records()
      .filter((record) => record.account === account && record.seal === null)
      .slice(0, limit);
  }

  chainHead(account: ResourceUuid): ChainPlace {
    return this.#heads.get(account) ?? CHAIN_START;
  }

  sealedFrom(account: ResourceUuid, sequence: number, limit: number): readonly AuditRecord[] {
    return this.#sealed(account)
      .filter((record) => sequenceOf(record) >= sequence)
      .slice(0, limit);
  }

  seal(account: ResourceUuid, head: ChainPlace, seals: readonly NewSeal[]): boolean {
    if (this.chainHead(account).sequence !== head.sequence) return false;
    const sealed: AuditRecord[] = [];
    for (const { uuid, seal } of seals) {
      const record = this.#audit.get(uuid);
      if (record?.account !== account || record.seal !== null) return false;
      sealed.push({ ...record, seal: asStored(seal) });
    }
    for (const record of sealed) this.#audit.set(record.uuid, record);
    const last = seals.at(-1)?.seal;
    if (last !== undefined)
      this.#heads.set(account, { sequence: last.sequence, chainHash: last.chainHash });
    return true;
  }

  forgetAudited(before: number): number {
    const newest = new Map<ResourceUuid, number>();
    const old = this.records().filter(
      ({ seal, document }) => seal !== null && document.time < before,
    );
    for (const record of old)
      newest.set(record.account, Math.max(newest.get(record.account) ?? 0, sequenceOf(record)));
    const gone = old.filter((record) => sequenceOf(record) < (newest.get(record.account) ?? 0));
    for (const { uuid } of gone) this.#audit.delete(uuid);
    return gone.length;
  }

  #sealed(account: ResourceUuid): readonly AuditRecord[] {
    return this.records()
      .filter((record) => record.account === account && record.seal !== null)
      .toSorted((left, right) => sequenceOf(left) - sequenceOf(right));
  }
}

function nameOf({ account, key }: Pick<KeyedRequest, 'account' | 'key'>): string {
  return `${account}/${key}`;
}

function sequenceOf({ seal }: AuditRecord): number {
  return seal?.sequence ?? 0;
}
