export type { BuiltInTypes } from './built-in-types.js';
export type {
  AskedOf,
  Collection,
  CreateOptions,
  Followed,
  LinksOf,
  ListOptions,
  Planner,
  RequestOptions,
  Target,
  WriteOptions,
} from './collection.js';
export {
  type Client,
  type ClientOptions,
  type CollectionsOf,
  createClient,
} from './create-client.js';
export type {
  ExplanationDocument,
  HistoryDocument,
  NamedDocument,
  PlanDocument,
} from './documents.js';
export { ApiError, ConnectionError, WaitError } from './errors.js';
export type { Listing, Page } from './listing.js';
export type { Surroundings } from './surroundings.js';
export type { Until, WaitOptions } from './wait-for.js';
export type { Change, Reset, Watched, WatchOptions } from './watch.js';
export type {
  AnswerOf,
  CommonFields,
  CreateOf,
  FiltersOf,
  InputOf,
  ResourceOf,
  SortableOf,
  UpdateOf,
} from './wire-types.js';
