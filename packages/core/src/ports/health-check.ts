/** One thing that a cloud stands on, and how to find out whether it answers. */
export interface HealthCheck {
  /** Short and stable: `store`, `redis`. */
  readonly name: string;
  /**
   * `yes`: without it no request can be answered, so that traffic had better go elsewhere. `no`: work is late or stands
   * still, and the API goes on; sending traffic elsewhere would only make an outage of it.
   */
  readonly needed: 'yes' | 'no';
  /** Resolves when it answers, rejects when it does not. Not waited for longer than a few seconds. */
  check(): Promise<void>;
}
