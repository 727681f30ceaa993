import { toneOf } from '#texts/state-tone.js';
import type { Resource } from '../../hypermedia/documents.js';
import { usePanel } from '../context.js';

/** Where a resource stands: a word, and a colour that is never the only sign. */
export function StateBadge({ resource }: { readonly resource: Resource }) {
  const { labels } = usePanel();
  const { state, transitioning, transitioningMessage } = resource;
  if (state === undefined) return null;
  const tone = toneOf(state, transitioning);
  return (
    <span class={`badge ${tone}`} title={transitioningMessage ?? undefined}>
      <span class="badge-dot" aria-hidden="true" />
      {labels.state(state)}
    </span>
  );
}
