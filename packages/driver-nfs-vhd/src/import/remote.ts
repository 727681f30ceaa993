/** What is to be fetched. */
export interface RemoteRequest {
  readonly url: string;
  /** The first byte that is wanted. */
  readonly from: number;
  /** Names the content of which there are bytes already: of other content all is sent, from 0 on. */
  readonly validator?: string | undefined;
  readonly signal: AbortSignal;
}

/** Content that is on its way. */
export interface RemoteContent {
  /** Where it begins: what was asked for, or 0 where that can't be had. */
  readonly from: number;
  /** How long all of it is; absent where the server does not say. */
  readonly totalBytes?: number | undefined;
  /** What names this very content; absent where the server has no such name. */
  readonly validator?: string | undefined;
  /** Throws {@link BrokenOff} where the connection did. Leaving the loop ends the connection. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Fetches content. Throws DriverFailure where there is none to be had, {@link BrokenOff} where nobody answers. */
export type OpenRemote = (request: RemoteRequest) => Promise<RemoteContent>;

/** A connection that could not be made, or broke: the rest may be had by another one. */
export class BrokenOff extends Error {
  override readonly name = 'BrokenOff';
}
