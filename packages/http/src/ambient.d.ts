/** The parts of qs and negotiator that we use; neither ships types. */
declare module 'qs' {
  interface ParseOptions {
    readonly depth: number;
    readonly strictDepth: boolean;
    readonly parameterLimit: number;
    readonly arrayLimit: number;
    readonly plainObjects: boolean;
    readonly throwOnLimitExceeded: boolean;
    readonly decoder: (text: string) => string;
  }
  export function parse(text: string, options: ParseOptions): unknown;
}

declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { readonly headers: { readonly accept: string } });
    mediaTypes(available: readonly string[]): string[];
  }
}
