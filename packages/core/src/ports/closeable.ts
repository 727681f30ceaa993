/** Something that holds connections or files for a cloud and gives them up when the cloud stops. */
export interface Closeable {
  /** Gives up what is held. Does not reject, and may be called again or before anything was opened. */
  close(): Promise<void>;
}
