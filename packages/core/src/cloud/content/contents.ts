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
  /** How far the content has come that is brought for an image, or for a volume that is there. */
  received(resource: Resource, options: { readonly signal: AbortSignal }): Promise<BroughtContent>;
  /** Takes more of it; `from` has to be where it ends. What came is kept where it breaks off. */
  receive(
    resource: Resource,
    part: Omit<ContentPart, 'volume'> & { readonly format?: ContentFormat | undefined },
    chunks: AsyncIterable<Uint8Array>,
    options: { readonly signal: AbortSignal },
  ): Promise<BroughtContent>;
}

/** How far content has come, and what is to be asked for once all of it is there. */
export interface BroughtContent extends ReceivedContent {
  /** An action on the resource, by whom it was brought; absent where nothing is to be asked for, or it was. */
  readonly next?:
    | { readonly action: string; readonly input: { readonly [name: string]: string } }
    | undefined;
}

/** Content that is open. Whoever opened it closes it. */
export interface OpenContent extends Pick<DiskContent, 'sizeBytes' | 'stream'> {
  /** Names these very bytes: a strong entity tag, without quotes. */
  readonly tag: string;
  close(): Promise<void>;
}
