import { pathTo, usePanel } from '../context.js';
import { useName } from '../live/use-name.js';

interface ReferenceLinkProps {
  /** The type that is referred to: `network`. */
  readonly of: string;
  readonly id: string;
}

/** The name of what a field refers to, as a link to its page; its number until the name is known. */
export function ReferenceLink({ of, id }: ReferenceLinkProps) {
  const { asking, catalogue, home, labels } = usePanel();
  // Users see things of others’ accounts, such as images, but not the accounts.
  const isHidden = of === 'account' && asking.kind === 'user' && id !== asking.accountId;
  const name = useName(of, isHidden ? undefined : id);
  const other = catalogue.type(of);
  const text = name ?? (/^[0-9]+$/.test(id) ? `${labels.type(of)} ${id}` : id);
  if (isHidden || other === undefined || catalogue.collectionUrl(other) === undefined)
    return <bdi>{text}</bdi>;
  return (
    <a href={home + pathTo(other.pluralName, id)}>
      <bdi>{text}</bdi>
    </a>
  );
}
