interface ShareBarProps {
  /** What it is a share of, for those who can’t see it: `Memory of xenserver-1`. */
  readonly name: string;
  readonly used: number;
  readonly whole: number;
  /** What stands beside it: `12 GB of 64 GB`. */
  readonly text: string;
}

/** From this share on it is told that little is left. */
const SCARCE = 0.8;
const NEARLY_NONE = 0.95;

/** How much of a whole is taken, as a bar with its numbers. */
export function ShareBar({ name, used, whole, text }: ShareBarProps) {
  const share = whole > 0 ? Math.min(1, Math.max(0, used / whole)) : 0;
  const tone = share >= NEARLY_NONE ? 'bad' : share >= SCARCE ? 'busy' : 'good';
  return (
    <div class={`share ${tone}`}>
      <svg
        viewBox="0 0 100 4"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${name}: ${text}`}
      >
        <rect class="share-whole" width="100" height="4" />
        <rect class="share-used" width={100 * share} height="4" />
      </svg>
      <span class="share-text">{text}</span>
    </div>
  );
}
