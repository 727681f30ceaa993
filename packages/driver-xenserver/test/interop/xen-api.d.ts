/** The parts that the test uses of npm's `xen-api`, which has no types. */
declare module 'xen-api' {
  export interface XapiObject {
    readonly $id: string;
    readonly $ref: string;
    readonly $type: string;
    readonly [field: string]: unknown;
  }

  export interface Client {
    readonly objects: { readonly all: Readonly<Record<string, XapiObject>> };
    readonly objectsFetched: Promise<void>;
    readonly pool: XapiObject;
    readonly status: string;
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    call(method: string, ...args: readonly unknown[]): Promise<unknown>;
    callAsync(method: string, ...args: readonly unknown[]): Promise<unknown>;
    barrier(ref?: string): Promise<XapiObject>;
    getRecord(type: string, ref: string): Promise<XapiObject>;
    setField(type: string, ref: string, field: string, value: unknown): Promise<void>;
    on(event: string, listener: (error: unknown) => void): void;
  }

  export function createClient(options: {
    readonly url: string;
    readonly auth: { readonly user: string; readonly password: string };
    readonly transport: 'auto' | 'json-rpc' | 'xml-rpc';
    readonly watchEvents?: boolean;
    readonly syncStackTraces?: boolean;
  }): Client;
}
