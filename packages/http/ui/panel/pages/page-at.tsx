import { usePanel } from '../context.js';
import type { Place } from '../frame/router.js';
import { CreatePage } from './create-page.js';
import { ListPage } from './list-page.js';
import { OverviewPage } from './overview-page.js';
import { EXTRA_PAGES } from './registry.js';
import { ResourcePage } from './resource-page.js';

/** The page at an address of the panel. */
export function PageAt({ place: { segments, query } }: { readonly place: Place }) {
  const { catalogue, asking, say } = usePanel();
  const [name, id, ...rest] = segments;
  if (name === undefined) return <OverviewPage />;
  const extra = EXTRA_PAGES.find(({ path }) => path === name);
  if (
    extra !== undefined &&
    id === undefined &&
    (extra.for === 'everybody' || asking.kind !== 'user')
  )
    return <extra.view />;
  const schema = catalogue.plural(name);
  if (schema === undefined || catalogue.collectionUrl(schema) === undefined || rest.length > 0)
    return (
      <>
        <h1>{say('notFound.title')}</h1>
        <p>{say('notFound.text')}</p>
      </>
    );
  if (id === undefined) return <ListPage key={name} schema={schema} />;
  if (id === 'new') return <CreatePage key={name} schema={schema} query={query} />;
  return <ResourcePage key={`${name}/${id}`} schema={schema} id={id} />;
}
