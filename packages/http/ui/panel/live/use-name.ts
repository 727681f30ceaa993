import { useEffect, useState } from 'preact/hooks';
import type { CloudApi } from '../../hypermedia/cloud-api.js';
import { type Resource, resourceOf } from '../../hypermedia/documents.js';
import { usePanel } from '../context.js';
import { titleOf } from '../titles.js';

type Names = Map<string, Promise<string | undefined>>;

/** Names of what is referred to. Asked for once: lists show the same few again and again. */
const KNOWN = new WeakMap<CloudApi, Names>();
/** Of so many a first look learns the names at once. */
const AT_ONCE = 200;

/** What a resource is called, kept current; undefined until that is known, or where it is not for the reader to see. */
export function useName(typeId: string, id: string | undefined): string | undefined {
  const { api, catalogue, live } = usePanel();
  const [found, setFound] = useState<{ readonly of: string; readonly name: string | undefined }>();
  const schema = catalogue.type(typeId);
  const url = schema && catalogue.collectionUrl(schema);
  const key = `${url} ${id}`;
  useEffect(() => {
    if (url === undefined || id === undefined) return;
    let shown: 'yes' | 'no' = 'yes';
    const show = (name: string | undefined): void => {
      if (shown === 'yes')
        setFound((last) => (last?.of === key && last.name === name ? last : { of: key, name }));
    };
    nameOf(api, url, id).then(show, () => undefined);
    const stop = live.listen(typeId, {
      again: () => undefined,
      changed: ({ resourceId, resource }) => {
        if (resourceId !== id || resource == null) return;
        const name = titleOf(resourceOf(resource));
        namesOf(api).set(key, Promise.resolve(name));
        show(name);
      },
    });
    return () => {
      shown = 'no';
      stop();
    };
  }, [api, live, key]);
  return found?.of === key ? found.name : undefined;
}

function namesOf(api: CloudApi): Names {
  const names: Names = KNOWN.get(api) ?? new Map();
  KNOWN.set(api, names);
  return names;
}

async function nameOf(api: CloudApi, url: string, id: string): Promise<string | undefined> {
  const names = namesOf(api);
  const all = `${url} *`;
  if (!names.has(all)) names.set(all, learn(api, names, url));
  await names.get(all);
  const key = `${url} ${id}`;
  const known =
    names.get(key) ?? readName(api, names, { key, at: `${url}/${encodeURIComponent(id)}` });
  names.set(key, known);
  return known;
}

async function learn(api: CloudApi, names: Names, url: string): Promise<undefined> {
  try {
    const { data } = await api.page(`${url}?limit=${AT_ONCE}`);
    for (const row of data)
      if (isSettled(row)) names.set(`${url} ${row.id}`, Promise.resolve(titleOf(row)));
  } catch {
    // Each is asked for by itself then.
  }
}

async function readName(
  api: CloudApi,
  names: Names,
  { key, at }: { readonly key: string; readonly at: string },
): Promise<string | undefined> {
  try {
    const row = await api.read(at);
    if (!isSettled(row)) names.delete(key);
    return titleOf(row);
  } catch {
    return undefined;
  }
}

// What is still being made may be called otherwise soon: an address, once there is one.
function isSettled({ transitioning }: Resource): boolean {
  return transitioning !== 'yes';
}
