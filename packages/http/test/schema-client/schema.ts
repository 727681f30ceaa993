import { type Api, type Document, textIn } from './api.js';

/** A field as a schema describes it. */
export interface FieldSchema {
  readonly type: string;
  readonly create: boolean;
  readonly update: boolean;
  readonly required: boolean;
  /** Not required by itself, and sent by who does not know better. */
  readonly suggested: boolean;
  readonly nullable: boolean;
  readonly default: unknown;
  readonly example: unknown;
  readonly format: string | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly minLength: number | null;
  readonly maxLength: number | null;
  readonly options: readonly string[] | null;
  readonly validChars: string | null;
  /** The field of the same resource that this is never less than. */
  readonly atLeast: string | null;
  /** What a resource that is referred to must have in its fields. */
  readonly satisfies: { readonly [name: string]: unknown } | null;
}

/** A type as its schema describes it. */
export interface TypeSchema {
  readonly id: string;
  readonly collection: string | undefined;
  readonly collectionMethods: readonly string[];
  readonly resourceMethods: readonly string[];
  readonly resourceFields: { readonly [name: string]: FieldSchema };
  readonly resourceActions: {
    readonly [name: string]: { readonly input?: string; readonly output: string };
  };
}

/** Reads the version root, goes where it says that schemas are, and reads those. */
export async function readSchemas(api: Api, url: string): Promise<ReadonlyMap<string, TypeSchema>> {
  const root = await api.must('GET', url);
  const { data } = await api.must('GET', textIn(root, 'links', 'schemas'));
  const documents: readonly Document[] = Object(data);
  return new Map(
    documents.map((document) => {
      const links = Object(document['links']);
      const schema = { ...document, collection: links.collection } as unknown as TypeSchema;
      return [schema.id, schema] as const;
    }),
  );
}

/** The type that a reference names: `reference[network]`. */
export function targetOf({ type }: FieldSchema): string | undefined {
  return /^reference\[(.+)\]$/.exec(type)?.[1];
}
