import { randomBytes } from 'node:crypto';
import {
  type Feed,
  filterableFields,
  type Logger,
  type Random,
  type Resources,
  type ResourceType,
  systemClock,
  type TypeRegistry,
} from '@gdcloud/core';
import { Transfers } from './content/transfers.js';
import { ChangeFrames } from './events/change-frames.js';
import { Deadlines } from './limits/deadlines.js';
import { SignIns } from './limits/sign-ins.js';
import { Traffic } from './limits/traffic.js';
import { DEFAULT_TRAFFIC } from './limits/traffic-limits.js';
import { DocumentCatalogue } from './openapi/document-catalogue.js';
import { type ApiLimits, type ApiOptions, DEFAULT_LIMITS, type Readiness } from './options.js';
import { PageFiles } from './pages/page-files.js';
import { MarkerCodec } from './render/marker.js';
import { ResourceRenderer } from './render/resource-renderer.js';
import type { CredentialsInClear } from './request/clear-credentials.js';
import { CrossOrigin } from './request/cross-origin.js';
import { withoutDefaultPort } from './request/origin.js';
import { RequestWatches } from './request/request-watch.js';
import { TrustedProxies } from './request/trusted-proxies.js';
import { SchemaCatalogue } from './schema/schema-catalogue.js';

/** One API with its options filled in, and what was worked out from the declarations once. */
export class Site {
  readonly types: TypeRegistry;
  readonly resources: Resources;
  readonly proxies: TrustedProxies;
  readonly credentialsInClear: CredentialsInClear;
  /** Of answers over https; undefined for none. */
  readonly strictTransportSecurity: string | undefined;
  /** The host names it answers to; empty for any. */
  readonly hosts: ReadonlySet<string>;
  readonly crossOrigin: CrossOrigin;
  readonly limits: ApiLimits;
  readonly logger: Logger | undefined;
  readonly markers: MarkerCodec;
  readonly schemas: SchemaCatalogue;
  readonly documents: DocumentCatalogue;
  readonly random: Pick<Random, 'bytes'>;
  readonly ready: () => Promise<Readiness>;
  readonly metrics: (() => Promise<string>) | undefined;
  readonly requests: RequestWatches;
  readonly now: () => number;
  readonly transfers: Transfers;
  readonly feed: Feed | undefined;
  readonly changeFrames: ChangeFrames = new ChangeFrames();
  /** The panel, and what pages load; undefined where the host application wants none. */
  readonly pages: PageFiles | undefined;
  readonly traffic: Traffic;
  readonly signIns: SignIns;
  /** How long a request may be worked on. */
  readonly deadlines: Deadlines;
  /** How long a body may take to come. */
  readonly bodies: Deadlines;
  readonly #filterNames: ReadonlyMap<string, readonly string[]>;
  readonly #renderers: ReadonlyMap<string, ResourceRenderer>;

  constructor(options: ApiOptions) {
    const { types, resources, clock } = options;
    const accounts = types.find('account') === undefined ? 'no accounts' : 'accounts';
    this.types = types;
    this.resources = resources;
    this.proxies = new TrustedProxies(options.trustForwarded);
    this.hosts = new Set(options.hosts?.map((host) => withoutDefaultPort('', host)));
    this.credentialsInClear = options.credentialsInClear ?? 'refused';
    const transport = options.strictTransportSecurity ?? 'max-age=31536000';
    this.strictTransportSecurity = transport === 'none' ? undefined : transport;
    this.crossOrigin = new CrossOrigin(options.origins);
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.logger = options.logger;
    this.random = options.random ?? { bytes: (count) => randomBytes(count) };
    this.markers = new MarkerCodec(options.markerKey ?? this.random.bytes(32));
    this.schemas = new SchemaCatalogue(types, resources);
    this.documents = new DocumentCatalogue(types, resources);
    this.metrics = options.metrics;
    this.requests = new RequestWatches({ ...options, random: this.random });
    this.ready = options.ready ?? (async () => ({ ready: 'yes' }));
    this.now = clock === undefined ? Date.now : () => clock.now();
    this.transfers = new Transfers(options);
    this.feed = options.feed;
    this.pages = options.panel === 'none' ? undefined : new PageFiles();
    const timer = options.timer ?? systemClock;
    const monotonic = (): number => timer.monotonic();
    const traffic = { ...DEFAULT_TRAFFIC, ...options.traffic };
    this.traffic = new Traffic(traffic, monotonic);
    this.signIns = new SignIns({
      limits: traffic.signIns,
      authenticate: ({ publicValue, secretValue }) =>
        resources.authenticate(publicValue, secretValue),
      monotonic,
      secret: this.random.bytes(32),
      logger: this.logger,
    });
    this.deadlines = new Deadlines(timer, traffic.deadlineMs);
    this.bodies = new Deadlines(timer, traffic.bodyMs);
    this.#filterNames = new Map(
      types.all().map((type) => [type.id, Object.keys(filterableFields(type))]),
    );
    const textOf: Resources['textOf'] = (resource, field) => resources.textOf(resource, field);
    this.#renderers = new Map(
      types.all().map((type) => [type.id, new ResourceRenderer(type, accounts, textOf)]),
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
