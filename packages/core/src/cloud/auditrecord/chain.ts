import { type AuditRecord, type ChainPlace, recordMac } from '../../model/audit-record.js';
import { canonicalJson } from '../../model/json.js';
import type { NewSeal } from '../../ports/write-records.js';

/** Makes a hash that is keyed by what is kept outside the database. */
export type Digest = (text: string) => string;

/** The places of the records that follow `last`, in this order. */
export function sealsAfter(
  last: ChainPlace,
  records: readonly AuditRecord[],
  digest: Digest,
): readonly NewSeal[] {
  let { sequence, chainHash } = last;
  return records.map((record) => {
    const previousHash = chainHash;
    sequence += 1;
    chainHash = hashOf(record, sequence, previousHash, digest);
    return { uuid: record.uuid, seal: { sequence, previousHash, chainHash } };
  });
}

/** What is wrong with one sealed record for itself, in words; undefined when nothing is. */
export function faultOf(record: AuditRecord, digest: Digest): string | undefined {
  const { seal, mac } = record;
  if (mac !== recordMac(digest, record))
    return `${nameOf(record)} is not what this cloud has written`;
  if (seal === null) return undefined;
  return seal.chainHash === hashOf(record, seal.sequence, seal.previousHash, digest)
    ? undefined
    : `${nameOf(record)} is not as it was sealed`;
}

/** What is wrong between a place of the chain and the record that was found next; undefined when nothing is. */
export function gapBefore(last: ChainPlace, record: AuditRecord): string | undefined {
  const { seal } = record;
  if (seal?.sequence !== last.sequence + 1)
    return `record ${last.sequence + 1} is missing: after record ${last.sequence} comes ${nameOf(record)}`;
  return seal.previousHash === last.chainHash
    ? undefined
    : `record ${last.sequence} is not the one that ${nameOf(record)} was sealed after`;
}

function nameOf({ seal, uuid }: AuditRecord): string {
  return seal === null ? `the unsealed record ${uuid}` : `record ${seal.sequence}`;
}

function hashOf(
  { uuid, account, document, mac }: AuditRecord,
  sequence: number,
  previousHash: string,
  digest: Digest,
): string {
  const content = canonicalJson([previousHash, sequence, uuid, account, { ...document }, mac]);
  return digest(`audit chain\n${content}`);
}
