import { randomBytes } from 'node:crypto';
import {
  filterableFields,
  type Logger,
  type Random,
  type Resources,
  type ResourceType,
  type TypeRegistry,
} from '@gdcloud/core';
import { Transfers } from './content/transfers.js';
import { type ApiLimits, type ApiOptions, DEFAULT_LIMITS, type Readiness } from './options.js';
import { MarkerCodec } from './render/marker.js';
import { ResourceRenderer } from './render/resource-renderer.js';
import { type OriginTrust, withoutDefaultPort } from './request/origin.js';
import { RequestWatches } from './request/request-watch.js';
import { SchemaCatalogue } from './schema/schema-catalogue.js';

/** One API with its options filled in, and what was worked out from the declarations once. */
export class Site {
  readonly types: TypeRegistry;
  readonly resources: Resources;
  readonly trust: OriginTrust;
  readonly limits: ApiLimits;
  readonly logger: Logger | undefined;
  readonly markers: MarkerCodec;
  readonly schemas: SchemaCatalogue;
  readonly random: Pick<Random, 'bytes'>;
  readonly ready: () => Promise<Readiness>;
  readonly metrics: (() => Promise<string>) | undefined;
  readonly requests: RequestWatches;
  readonly now: () => number;
  readonly transfers: Transfers;
  readonly #filterNames: ReadonlyMap<string, readonly string[]>;
  readonly #renderers: ReadonlyMap<string, ResourceRenderer>;

  constructor(options: ApiOptions) {
    const { types, resources, clock } = options;
    const accounts = types.find('account') === undefined ? 'no accounts' : 'accounts';
    this.types = types;
    this.resources = resources;
    this.trust = {
      forwarded: options.trustForwarded ?? 'never',
      hosts: new Set(options.hosts?.map((host) => withoutDefaultPort('', host))),
    };
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.logger = options.logger;
    this.random = options.random ?? { bytes: (count) => randomBytes(count) };
    this.markers = new MarkerCodec(options.markerKey ?? this.random.bytes(32));
    this.schemas = new SchemaCatalogue(types, resources);
    this.metrics = options.metrics;
    this.requests = new RequestWatches({ ...options, random: this.random });
    this.ready = options.ready ?? (async () => ({ ready: 'yes' }));
    this.now = clock === undefined ? Date.now : () => clock.now();
    this.transfers = new Transfers(options);
    this.#filterNames = new Map(
      types.all().map((type) => [type.id, Object.keys(filterableFields(type))]),
    );
    this.#renderers = new Map(
      types.all().map((type) => [type.id, new ResourceRenderer(type, accounts)]),
    );
  }

  /** The fields that lists of a registered type can be filtered and sorted by. */
  filterNames(type: ResourceType): readonly string[] {
    return this.#filterNames.get(type.id) ?? [];
  }

  /** The renderer of a registered type. */
  renderer(type: ResourceType): ResourceRenderer {
    const renderer = this.#renderers.get(type.id);
    if (renderer === undefined) throw new TypeError(`${type.id} is not registered with this API`);
    return renderer;
  }
}
