import type { Resource } from '../../../hypermedia/documents.js';
import { textOf } from '../../../hypermedia/documents.js';
import { usePanel } from '../../context.js';
import { Secret } from '../../parts/once-shown.js';
import { fileName, SaveLink } from '../../parts/save-link.js';
import { titleOf } from '../../titles.js';
import type { TypeView } from '../registry.js';
import { ExpiryInput } from './expiry-input.js';
import { ScopesInput } from './scopes-input.js';
import { ScopesText } from './scopes-text.js';

/** Keys for programs. */
export const APIKEY: TypeView = {
  columns: [
    { name: 'name' },
    { name: 'state' },
    { name: 'publicValue' },
    { name: 'scopes', cell: ({ scopes }) => <ScopesText scopes={scopes} /> },
    { name: 'expires' },
    { name: 'lastUsed' },
  ],
  empty: 'empty.apikey',
  form: {
    first: ['name', 'scopes', 'expires'],
    inputs: { expires: ExpiryInput, scopes: ScopesInput },
  },
  secrets: KeyPair,
  sections: [OpensSection],
  fields: ['publicValue', 'expires', 'lastUsed', 'previousUntil', 'accountId', 'created'],
};

function KeyPair({ resource }: { readonly resource: Resource }) {
  const { api, labels, say } = usePanel();
  const access = textOf(resource['publicValue']);
  const secret = textOf(resource['secretValue']);
  return (
    <>
      <Secret label={labels.field('apikey', 'publicValue')} text={access} />
      <Secret label={labels.field('apikey', 'secretValue')} text={secret} />
      <div class="actions">
        <SaveLink
          file={`${fileName(titleOf(resource), 'gdcloud')}.key`}
          text={`${access}:${secret}\n`}
        />
      </div>
      <p>{say('key.try')}</p>
      <pre>{`curl -u ${access}:${secret} ${api.root}`}</pre>
    </>
  );
}

/** What a key or a login opens, in words. */
export function OpensSection({ resource }: { readonly resource: Resource }) {
  const { labels } = usePanel();
  return (
    <section>
      <h2>{labels.field(resource.type, 'scopes')}</h2>
      <p>
        <ScopesText scopes={resource['scopes']} />
      </p>
    </section>
  );
}
