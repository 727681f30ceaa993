import type { HookRegistration } from '../../ports/hooks.js';
import { image } from './image.js';

/** What an image is asked to come from has to fit together. */
export const IMAGE_HOOKS: readonly HookRegistration[] = [
  {
    point: 'admit.validate',
    name: 'gdcloud/image-from-somewhere',
    run: ({ operation, type, desired }) => {
      if (operation !== 'create' || type !== image.id) return undefined;
      const { source, sourceUrl, sizeGb } = desired;
      if (source === 'url' && !isFetchable(sourceUrl))
        return {
          message: 'say where the content is: an http or https URL without a user in it',
          fieldName: 'sourceUrl',
        };
      if (source !== 'url' && typeof sourceUrl === 'string')
        return { message: 'only the source url is fetched from a URL', fieldName: 'sourceUrl' };
      if (source === 'generated' && typeof sizeGb !== 'number')
        return { message: 'say how large it is to be', fieldName: 'sizeGb' };
      return undefined;
    },
  },
];

// Whose password is in a URL is read by everybody who may read the image.
function isFetchable(text: unknown): boolean {
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}
