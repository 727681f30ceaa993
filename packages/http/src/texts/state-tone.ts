/** How a state is to be taken: all well, at rest, moving, or in need of somebody. */
export type Tone = 'good' | 'idle' | 'busy' | 'bad';

const IDLE: readonly string[] = [
  'stopped',
  'inactive',
  'removed',
  'disabled',
  'discarded',
  'expired',
];

/** The tone of a resource that stands here. */
export function toneOf(state: string, transitioning: unknown): Tone {
  if (transitioning === 'error') return 'bad';
  if (transitioning === 'yes') return 'busy';
  return IDLE.includes(state) ? 'idle' : 'good';
}
