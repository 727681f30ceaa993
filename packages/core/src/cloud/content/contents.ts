import type { Resource } from '../../model/resource.js';
import type {
  ContentFormat,
  ContentPart,
  DiskContent,
  ReceivedContent,
} from '../../ports/drivers/storage-content.js';

/**
 * The bytes of images, volumes and snapshots, as clients take them out and bring them. Whether a caller may is for who
 * has read the resource on the caller's behalf. Methods throw RequestError: Conflict where it can't be done now,
 * ContentNotHere where the storage driver runs in another process, BackendUnavailable where the share does not answer.
 */
export interface Contents {
  /** Opens what a resource stands for. Nobody writes to it meanwhile, or the transfer ends. */
  open(
    resource: Resource,
    format: ContentFormat,
    options: { readonly signal: AbortSignal },
  ): Promise<OpenContent>;
  /** How far the content of an image has come that is to be brought. */
  received(resource: Resource, options: { readonly signal: AbortSignal }): Promise<ReceivedContent>;
  /** Takes more of it; `from` has to be where it ends. What came is kept where it breaks off. */
  receive(
    resource: Resource,
    part: ContentPart,
    chunks: AsyncIterable<Uint8Array>,
    options: { readonly signal: AbortSignal },
  ): Promise<ReceivedContent>;
}

/** Content that is open. Whoever opened it closes it. */
export interface OpenContent extends Pick<DiskContent, 'sizeBytes' | 'stream'> {
  /** Names these very bytes: a strong entity tag, without quotes. */
  readonly tag: string;
  close(): Promise<void>;
}
