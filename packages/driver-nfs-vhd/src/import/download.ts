import { createHash, type Hash } from 'node:crypto';
import type { ResourceUuid } from '@gdcloud/core';
import type { JobTurn } from '../jobs/long-jobs.js';
import type { Share } from '../share/share.js';
import type { ContentRecord } from './content-record.js';
import { beginContent, removeDrafts, type StoredContent, storedContent } from './content-store.js';
import { PartWriter } from './part-writer.js';
import { BrokenOff, type OpenRemote, type RemoteContent } from './remote.js';
import { contentTooLarge, sourceUnreachable } from './remote-failures.js';

/** What to fetch. */
export interface Download {
  readonly uuid: ResourceUuid;
  readonly url: string;
  readonly mostBytes: number;
}

/** Content that is there as a whole. */
export interface WholeContent {
  readonly stored: StoredContent;
  /** Known where this process has seen every byte come. */
  readonly sha256: string | undefined;
}

/** A connection that brings less than this before it breaks is none to go on with at once. */
const WORTHWHILE_BYTES = 64 * 1024;

/**
 * Fetches content into parts on the share, from where an earlier try ended, and over as many connections as it takes as
 * long as each brings something. Where the server has other content by now, or can't go on, it begins anew.
 */
export async function download(
  share: Share,
  wanted: Download,
  openRemote: OpenRemote,
  turn: JobTurn,
): Promise<WholeContent> {
  const fetching = new Fetching(share, wanted, turn);
  try {
    await fetching.resume();
    while (!fetching.isWhole) {
      await turn.pass();
      await fetching.connect(openRemote);
    }
    return await fetching.finish();
  } catch (thrown) {
    await fetching.abandon();
    throw thrown;
  }
}

/** One download in the making. */
class Fetching {
  readonly #share: Share;
  readonly #wanted: Download;
  readonly #turn: JobTurn;
  readonly #origin: string;
  #record: ContentRecord | undefined;
  #writer: PartWriter | undefined;
  /** Of all bytes so far; absent where some of them came before this process did. */
  #hash: Hash | undefined;
  #ended: 'yes' | 'no' = 'no';

  constructor(share: Share, wanted: Download, turn: JobTurn) {
    this.#share = share;
    this.#wanted = wanted;
    this.#turn = turn;
    this.#origin = createHash('sha256').update(wanted.url).digest('hex');
  }

  /** Whether nothing is left to fetch. */
  get isWhole(): boolean {
    if (this.#ended === 'yes') return true;
    const { totalBytes } = this.#record ?? {};
    return this.#writer !== undefined && totalBytes !== undefined && this.#position >= totalBytes;
  }

  get #position(): number {
    return this.#writer?.position ?? 0;
  }

  /** Takes up what an earlier process left, where that can be gone on with. */
  async resume(): Promise<void> {
    const { uuid } = this.#wanted;
    const stored = await storedContent(this.#share, uuid);
    const known = stored?.record.origin === this.#origin && canGoOn(stored) ? stored : undefined;
    await removeDrafts(this.#share, uuid, known?.record.id);
    if (known === undefined) return;
    this.#record = known.record;
    this.#writer = new PartWriter(this.#share, uuid, known.record.id, known.receivedBytes);
  }

  /** Fetches over one connection. Throws where it brought next to nothing: what is there is durable then. */
  async connect(openRemote: OpenRemote): Promise<void> {
    const { url } = this.#wanted;
    let came = 0;
    try {
      // What nothing names could be other content by now.
      const validator = this.#record?.validator;
      const from = validator === undefined ? 0 : this.#position;
      const content = await openRemote({ url, from, validator, signal: this.#turn.signal });
      const writer = await this.#placeFor(content);
      if (writer === undefined) return;
      for await (const chunk of content.chunks) {
        await this.#turn.pass();
        await this.#take(writer, chunk);
        came += chunk.byteLength;
      }
      if (this.#record?.totalBytes === undefined) this.#ended = 'yes';
      else if (!this.isWhole) throw new BrokenOff('it ended too early');
    } catch (thrown) {
      if (!(thrown instanceof BrokenOff)) throw thrown;
      this.#turn.signal.throwIfAborted();
      if (this.isWhole) return;
      const canGoOn = this.#record?.validator !== undefined;
      if (canGoOn && came >= WORTHWHILE_BYTES) return;
      if (canGoOn) await this.#writer?.publish();
      throw sourceUnreachable(url, thrown);
    }
  }

  /** Makes all of it durable. */
  async finish(): Promise<WholeContent> {
    const { uuid, url } = this.#wanted;
    await this.#writer?.publish();
    const stored = await storedContent(this.#share, uuid);
    if (stored === undefined || stored.receivedBytes !== this.#writer?.durableBytes)
      throw sourceUnreachable(url, new BrokenOff('what was fetched has gone from the share'));
    return { stored, sha256: this.#hash?.digest('hex') };
  }

  /** Gives up what is not durable. */
  async abandon(): Promise<void> {
    await this.#writer?.abandon();
  }

  // Absent where it has to be asked for again, from its first byte on.
  async #placeFor(content: RemoteContent): Promise<PartWriter | undefined> {
    const { uuid, mostBytes } = this.#wanted;
    const { from, totalBytes, validator } = content;
    if (totalBytes !== undefined && totalBytes > mostBytes)
      throw contentTooLarge(`the content has ${totalBytes} bytes, and ${mostBytes} may be fetched`);
    if (this.#writer?.position === from && this.#record?.totalBytes === totalBytes)
      return this.#writer;
    await this.#writer?.abandon();
    this.#hash = createHash('sha256');
    const facts = { origin: this.#origin, validator, totalBytes };
    this.#record = await beginContent(this.#share, uuid, facts, () => undefined);
    this.#writer = new PartWriter(this.#share, uuid, this.#record.id, 0);
    return from === 0 ? this.#writer : undefined;
  }

  async #take(writer: PartWriter, chunk: Uint8Array): Promise<void> {
    const most = this.#record?.totalBytes ?? this.#wanted.mostBytes;
    if (writer.position + chunk.byteLength > most)
      throw contentTooLarge('the server sends more than it said, or than may be');
    await writer.write(chunk);
    this.#hash?.update(chunk);
    this.#turn.tell(...progressOf(writer.position, this.#record?.totalBytes));
  }
}

function canGoOn({ record, receivedBytes }: StoredContent): boolean {
  if (record.totalBytes === undefined) return false;
  return record.validator !== undefined || receivedBytes === record.totalBytes;
}

function progressOf(position: number, totalBytes: number | undefined): [number, string] {
  const fetched = `${Math.floor(position / 2 ** 20)} MiB are fetched`;
  return totalBytes === undefined
    ? [0, fetched]
    : [
        Math.floor((position / Math.max(1, totalBytes)) * 70),
        `${fetched} of ${Math.ceil(totalBytes / 2 ** 20)}`,
      ];
}
