import { textOf } from '../../../hypermedia/documents.js';
import { usePanel } from '../../context.js';
import { VERBS } from './scopes.js';

/** What scopes open, in words: `Servers: read, act`. */
export function ScopesText({ scopes }: { readonly scopes: unknown }) {
  const { catalogue, labels, say } = usePanel();
  if (!Array.isArray(scopes) || scopes.length === 0) return <>{say('scopes.all')}</>;
  const all = scopes.map(textOf);
  const types = new Set(all.map((scope) => scope.split(':')[0] ?? ''));
  const words = [...types].map((type) => {
    const of = all.filter((scope) => scope.startsWith(`${type}:`));
    const schema = catalogue.type(type);
    const what = schema === undefined ? say('scopes.everyType') : labels.plural(schema);
    const verbs = of.map((scope) => {
      const verb = VERBS.find((one) => scope.endsWith(`:${one}`));
      return verb === undefined ? say('verb.all') : say(`verb.${verb}`);
    });
    return `${what}: ${verbs.join(', ')}`;
  });
  return <>{words.join('; ')}</>;
}
