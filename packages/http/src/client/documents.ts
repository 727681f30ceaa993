/** What a write would lead to outside. A forecast: nothing is held for it. */
export interface PlanDocument {
  readonly type: 'plan';
  readonly resource: {
    readonly type: string;
    readonly id: string | null;
    readonly name: string | null;
  };
  readonly steps: readonly {
    readonly resource: {
      readonly type: string;
      readonly id: string | null;
      readonly name: string | null;
    };
    readonly part: string;
    readonly driver: string;
    readonly verb: 'create' | 'update' | 'delete';
    readonly field?: string;
    readonly why: string;
  }[];
  /** What would still be waited for after these steps. */
  readonly waits: readonly string[];
  readonly complete: 'yes' | 'no';
  readonly why: string | null;
}

/** Why a resource is not as asked yet, or that it is. */
export interface ExplanationDocument {
  readonly type: 'explanation';
  /** One sentence, for people. */
  readonly verdict: string;
  readonly asAsked: 'yes' | 'no';
  readonly root:
    | null
    | (NamedDocument & {
        readonly condition: string;
        readonly reason: string;
        readonly message: string;
      });
  readonly chain: readonly NamedDocument[];
  readonly suggestions: readonly {
    readonly action: string;
    readonly why: string;
    readonly method: string | null;
    readonly url: string | null;
  }[];
  readonly links: { readonly [name: string]: string };
}

/** A resource that an explanation names. */
export interface NamedDocument {
  readonly name: string;
  readonly type: string | null;
  readonly id: string | null;
  readonly uuid: string | null;
}

/** Something that moved a resource. */
export interface HistoryDocument {
  readonly type: 'event';
  readonly time: string;
  readonly timeTS: number;
  readonly what: string;
  readonly why: string;
  readonly result: string;
}
