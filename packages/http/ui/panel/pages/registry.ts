import type { ComponentType } from 'preact';
import type { MessageName } from '#texts/messages.js';
import type { Document, Page, Resource, Schema } from '../../hypermedia/documents.js';
import type { ActionForms } from '../parts/action-bar.js';
import type { Column } from '../parts/columns.js';
import type { FormView } from '../parts/form-view.js';
import type { SecretsView } from '../parts/once-shown.js';
import { IPADDRESS } from './address/ipaddress.js';
import { LOADBALANCER } from './address/loadbalancer.js';
import { PORTFORWARD } from './address/portforward.js';
import { APIKEY } from './keys/apikey.js';
import { LOGIN } from './keys/login.js';
import { NETWORK } from './network/network.js';
import { NETWORKRULE } from './network/networkrule.js';
import { CapacityPage } from './operations/capacity-page.js';
import { HOST } from './operations/host.js';
import { PassesPage } from './operations/passes-page.js';
import { STORAGEPOOL } from './operations/storagepool.js';
import { StuckPage } from './operations/stuck-page.js';
import { VIRTUALMACHINE } from './servers/virtualmachine.js';
import { UsagePage } from './usage/usage-page.js';
import { IMAGE } from './volumes/image.js';
import { SNAPSHOT } from './volumes/snapshot.js';
import { VOLUME } from './volumes/volume.js';
import { VPN } from './vpn/vpn.js';
import { VPNCLIENT } from './vpn/vpnclient.js';

/** What a part of a resource’s page is given. */
export interface SectionProps {
  readonly schema: Schema;
  readonly resource: Resource;
  /** Counts what was heard of the resource: ask again when it is another number. */
  readonly heard: number;
}

/** What a page that makes a resource is given. */
export interface CreatePageProps {
  readonly schema: Schema;
  /** The list as it came: defaults, and where to send. */
  readonly page: Page;
  /** What is known before: `networkId` of `…/new?networkId=1`. */
  readonly given: Document;
}

/** What is special about showing a type. All of it is optional: types that nobody wrote anything for have pages, too. */
export interface TypeView {
  readonly columns?: readonly Column[];
  /** Said where there is none yet: what it is good for, and what to do first. */
  readonly empty?: MessageName;
  /** Types of which there has to be one before there can be any of this. */
  readonly needs?: readonly string[];
  readonly create?: ComponentType<CreatePageProps>;
  /** How its forms differ from what its schema says. */
  readonly form?: FormView;
  /** Shows what only the answer has that made it. */
  readonly secrets?: SecretsView;
  /** Above the fields of a resource. */
  readonly sections?: readonly ComponentType<SectionProps>[];
  /** Actions that a section has buttons for. */
  readonly ownActions?: readonly string[];
  /** Actions that ask by a form of their own. */
  readonly forms?: ActionForms;
  /** Links whose lists a section shows. */
  readonly ownLinks?: readonly string[];
  /** Fields that its page shows first, in this order; all others are folded away. */
  readonly fields?: readonly string[];
}

/** A page that is about no single type. */
export interface ExtraPage {
  /** Its address in the panel: `capacity`. */
  readonly path: string;
  readonly title: MessageName;
  readonly for: 'everybody' | 'administrators';
  readonly view: ComponentType;
}

/** The types that are in the menu by themselves, in groups; all others are under “more”. */
export const MENU: readonly { readonly title: MessageName; readonly types: readonly string[] }[] = [
  { title: 'menu.compute', types: ['virtualmachine', 'volume', 'snapshot', 'image'] },
  {
    title: 'menu.network',
    types: [
      'network',
      'ipaddress',
      'portforward',
      'loadbalancer',
      'networkrule',
      'vpn',
      'vpnclient',
    ],
  },
  { title: 'menu.access', types: ['apikey', 'login'] },
];

/** Types that only those who look after the cloud have business with. */
export const ADMINISTRATION: readonly string[] = [
  'host',
  'storagepool',
  'addresspool',
  'offering',
  'imagecopy',
  'orphan',
  'account',
  'auditrecord',
];

/** How types are shown that have more to show than fields. */
export const VIEWS: { readonly [typeId: string]: TypeView } = {
  apikey: APIKEY,
  host: HOST,
  image: IMAGE,
  ipaddress: IPADDRESS,
  loadbalancer: LOADBALANCER,
  login: LOGIN,
  network: NETWORK,
  networkrule: NETWORKRULE,
  portforward: PORTFORWARD,
  snapshot: SNAPSHOT,
  storagepool: STORAGEPOOL,
  virtualmachine: VIRTUALMACHINE,
  volume: VOLUME,
  vpn: VPN,
  vpnclient: VPNCLIENT,
};

/** Pages beside those of types. */
export const EXTRA_PAGES: readonly ExtraPage[] = [
  { path: 'usage', title: 'usage.title', for: 'everybody', view: UsagePage },
  { path: 'capacity', title: 'capacity.title', for: 'administrators', view: CapacityPage },
  { path: 'stuck', title: 'stuck.title', for: 'administrators', view: StuckPage },
  { path: 'passes', title: 'passes.title', for: 'administrators', view: PassesPage },
];
