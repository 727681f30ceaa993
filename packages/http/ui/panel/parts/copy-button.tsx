import { useState } from 'preact/hooks';
import { usePanel } from '../context.js';

interface CopyButtonProps {
  readonly text: string;
  /** What the text is, for those who hear of the button and don’t see beside what it is. */
  readonly what: string;
}

/** Copies a text; where browsers don’t allow that, as on pages without TLS, it says so. */
export function CopyButton({ text, what }: CopyButtonProps) {
  const { say } = usePanel();
  const [done, setDone] = useState<'not yet' | 'copied' | 'refused'>('not yet');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setDone('copied');
    } catch {
      setDone('refused');
    }
  };
  return (
    <>
      <button
        type="button"
        aria-label={`${say('action.copy')}: ${what}`}
        onClick={() => void copy()}
      >
        {say('action.copy')}
      </button>
      <span role="status" class="quiet">
        {done === 'copied' && say('copy.done')}
        {done === 'refused' && say('copy.refused')}
      </span>
    </>
  );
}
