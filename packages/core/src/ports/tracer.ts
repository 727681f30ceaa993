/**
 * Where spans go: what was done for whom, as a tree across processes. Contexts are W3C traceparents, as texts, and are
 * handed on explicitly: in a request's header, a hint, a driver call. Nothing in the cloud depends on a span.
 */
export interface Tracer {
  /** False for one that records nothing: then callers need not even gather what a span would say. */
  readonly isActive: boolean;

  /** Begins a span. Never throws, whatever the parent says; one that is no traceparent counts as none. */
  start(name: string, options: SpanOptions): Span;
}

/** What is known of a span when it begins. */
export interface SpanOptions {
  /** `server`: it answers somebody. `client`: it asks somebody else. `consumer`: it does what it was told of. */
  readonly kind: 'server' | 'client' | 'consumer' | 'internal';
  /** The traceparent of what it is part of; absent for the first span of a new trace. */
  readonly parent?: string | undefined;
  /** The traceparents of what else brought it about. */
  readonly links?: readonly string[] | undefined;
  readonly attributes?: SpanAttributes | undefined;
}

/** What a span says, by dotted lower-case names. Never a secret, and nothing a user wrote. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** One thing that takes time. */
export interface Span {
  /** What others name as their parent; undefined where nothing is recorded. */
  readonly traceparent: string | undefined;
  /** Says more about it. */
  set(attributes: SpanAttributes): void;
  /** It did not work: the stable code of why. */
  fail(code: string): void;
  /** It is over. Nothing is said of it afterwards. */
  end(): void;
}

/** A span that nobody will see. */
export const NO_SPAN: Span = {
  traceparent: undefined,
  set: () => undefined,
  fail: () => undefined,
  end: () => undefined,
};

/** Records nothing: what a cloud has unless a plug-in registers another. */
export const NO_TRACER: Tracer = { isActive: false, start: () => NO_SPAN };
