import { createHash } from 'node:crypto';
import type { Caller, Resources, ResourceType, TypeRegistry } from '@gdcloud/core';
import { Recent } from '../limits/recent.js';
import { rightsSignature } from '../schema/rights-signature.js';
import { isVisible, rightsOn } from '../schema/type-rights.js';
import { openApiDocument } from './openapi-document.js';
import type { Rights } from './rights.js';

/** Each is some hundred KiB, and keys with scopes of their own may have any set of rights. */
const KEPT = 32;

interface Kept {
  /** All but the servers, which a caller's URL decides: that is made of the Host header, which callers choose. */
  readonly text: string;
  readonly digest: string;
}

/** OpenAPI documents as text, one for each set of rights that callers have. */
export class DocumentCatalogue {
  readonly #types: TypeRegistry;
  readonly #resources: Resources;
  readonly #kept = new Recent<Kept>(KEPT);

  constructor(types: TypeRegistry, resources: Resources) {
    this.#types = types;
    this.#resources = resources;
  }

  /** `/v1/openapi.json` as the caller sees it, with its ETag; `root` is the URL of the version. */
  document(caller: Caller, root: string): { readonly text: string; readonly etag: string } {
    const signature = rightsSignature(this.#types, this.#resources, caller);
    let kept = this.#kept.get(signature);
    if (kept === undefined) {
      const text = JSON.stringify(openApiDocument(this.#types, this.#rightsOf(caller)));
      kept = { text, digest: digestOf(text) };
      this.#kept.set(signature, kept);
    }
    return {
      text: `{"servers":${JSON.stringify([{ url: root }])},${kept.text.slice(1)}`,
      etag: `"${kept.digest}-${digestOf(root)}"`,
    };
  }

  #rightsOf(caller: Caller): Rights {
    const visible = (type: ResourceType): boolean => isVisible(this.#resources, caller, type);
    return new Map(
      this.#types
        .all()
        .filter(visible)
        .map((type) => [type, rightsOn(this.#resources, caller, type)]),
    );
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
