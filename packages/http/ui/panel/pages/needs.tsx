import { pathTo, usePanel } from '../context.js';
import { useList } from '../live/use-list.js';

interface NeedsProps {
  /** Types of which there has to be one before. */
  readonly types: readonly string[];
}

/** Says what has to be there first, and leads to it. Nothing where all of it is. */
export function Needs({ types }: NeedsProps) {
  return (
    <>
      {types.map((type) => (
        <Need key={type} type={type} />
      ))}
    </>
  );
}

function Need({ type }: { readonly type: string }) {
  const { catalogue, home, labels, say } = usePanel();
  const schema = catalogue.type(type);
  const url = schema && catalogue.collectionUrl(schema);
  const { state, rows } = useList(type, url && `${url}?limit=1`);
  if (schema === undefined || state !== 'there' || rows.length > 0) return null;
  return (
    <p class="need">
      {say('needs.first', { type: labels.type(type) })}{' '}
      <a href={home + pathTo(schema.pluralName, 'new')}>
        {say('action.new', { type: labels.type(type) })}
      </a>
    </p>
  );
}
